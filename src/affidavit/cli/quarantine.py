"""`affidavit quarantine`: lines that could not be read, why, and as they came."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server

app = typer.Typer(no_args_is_help=True, help="List and show what was refused.")


@app.command("list", epilog=EPILOG)
def list_(
    source: Annotated[str | None, typer.Option("--source", help="Of this source only.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """List what is in quarantine, newest first."""
    rows: list[dict[str, object]] = []
    with reach(data, server) as client:
        before = None
        while True:
            page = client.get("/v1/quarantine", source=source, before=before)
            if json:
                for row in page["quarantined"]:
                    output.line(row)
            else:
                rows += page["quarantined"]
            before = page["next"]
            if before is None:
                break
    if not json:
        output.table(rows, ("id", "source", "batch", "line", "byte", "code", "reason"))


@app.command("show", epilog=EPILOG)
def show(
    line_id: Annotated[str, typer.Argument(metavar="ID", help="From `affidavit quarantine list`.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Print the line as it came, byte for byte; with --json where it came from and why it was refused."""
    with reach(data, server) as client:
        if json:
            output.line(client.get(f"/v1/quarantine/{line_id}"))
        else:
            sys.stdout.buffer.write(client.get_bytes(f"/v1/quarantine/{line_id}/raw"))
            sys.stdout.buffer.flush()
