"""`affidavit checkpoint`: the newest signed checkpoint, and the keys that verify it."""

from __future__ import annotations

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server


def checkpoint(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """Print the newest checkpoint and the log's verifier keys; hand the keys to whoever is to verify."""
    with reach(data, server) as client:
        said = client.get("/v1/checkpoint")
    if json:
        output.line(said)
        return
    output.text(said["note"])
    if said["witness"] is not None and said["witness"]["state"] != "witnessed":
        problems = "; ".join(f"{name} {what}" for name, what in said["witness"]["problems"].items())
        output.note(f"This is not the newest with its witnesses: {said['witness']['state']}. {problems}")
    output.text("Verifier keys:")
    for key in said["verifier_keys"]:
        output.text(f"  {key}")
