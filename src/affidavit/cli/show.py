"""`affidavit show`: one record with everything that proves it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server


def show(
    index: Annotated[int, typer.Argument(min=0, help="The record's index in the log.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Show a record: the event, the original, the parts and digests, the inclusion proof."""
    with reach(data, server) as client:
        answer = client.get_bytes(f"/v1/records/{index}")
    if json:
        output.raw(answer)
        return
    record: dict[str, Any] = msgspec.json.decode(answer)
    proof = record["proof"]
    heads = ("index", "record", "source", "kind", "seq", "mapper", "received", "sealed")
    sections = (
        ("Record", "\n".join(f"{name:9} {record[name]}" for name in heads)),
        ("Event", msgspec.json.format(msgspec.json.encode(record["event"]), indent=2).decode()),
        ("Original", record["raw"]),
        (
            "Parts",
            "\n".join(
                f"{name:7} d = {part['digest']}  salt {part['salt']}  {part['bytes']} bytes"
                for name, part in record["parts"].items()
            ),
        ),
        ("Entry", msgspec.json.encode(record["entry"]).decode()),
        ("Leaf", record["leaf"]),
        (
            f"Inclusion proof: leaf {proof['index']} of {proof['size']}",
            "\n".join(proof["hashes"]) or "(the only leaf)",
        ),
        ("Checkpoint", proof["checkpoint"]),
    )
    for title, body in sections:
        output.text(f"{title}\n{'─' * len(title)}\n{body}\n")
