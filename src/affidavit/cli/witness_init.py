"""`affidavit witness init`: make a witness's directory."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.options import DEFAULT_WITNESS, Json, WitnessData


def init(
    name: Annotated[
        str,
        typer.Option("--name", help="What its cosignatures say, e.g. witness.example.com; yours for ever."),
    ],
    data: WitnessData = DEFAULT_WITNESS,
    *,
    json: Json = False,
) -> None:
    """Make a witness's directory with new keys, and print its verifier keys, which go into policies.

    With AFFIDAVIT_PASSPHRASE_FILE set, the keys are wrapped with the passphrase in that file.
    """
    from affidavit.assembly.witness import make_witness

    keys = make_witness(data, name=name)
    if json:
        output.line({"data": str(data), "verifier_keys": keys})
        return
    for key in keys:
        output.text(key)
    output.note(f"Made {data}. Above are its verifier keys; a log's operator puts either into a policy:")
    output.note("  witness NAME KEY https://…")
