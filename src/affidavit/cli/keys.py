"""`affidavit keys`: the keys that sign the log."""

from __future__ import annotations

from typing import Any

import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server

app = typer.Typer(no_args_is_help=True, help="List and rotate the keys that sign the log.")


@app.command("list", epilog=EPILOG)
def list_(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """List every set of verifier keys, past and present, and which checkpoints each signs."""
    with reach(data, server) as client:
        _show(client.get("/v1/keys"), json=json)


@app.command("rotate", epilog=EPILOG)
def rotate(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """Go over to new signing keys. A statement that both sets sign is sealed in the log; the old secrets are deleted.

    Whoever holds the old verifier keys follows the statement to the new ones. Witnesses have to be given the new ones.
    """
    with reach(data, server) as client:
        _show(client.post("/v1/keys/rotate", {}), json=json)
    if not json:
        output.note("Hand the newest verifier keys to whoever verifies, and to every witness.")


def _show(sets: list[dict[str, Any]], *, json: bool) -> None:
    for held in sets:
        if json:
            output.line(held)
            continue
        until = "" if held["until_size"] is None else f" to {held['until_size']}"
        since = "" if held["rotated"] is None else f", since {held['rotated']}"
        output.text(f"Checkpoints from size {held['since_size']}{until}{since}:")
        for key in held["verifier_keys"]:
            output.text(f"  {key}")
