"""`affidavit tokens`: credentials for senders and readers."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke tokens.")
_COLUMNS = ("id", "name", "scopes", "created", "expires", "revoked", "last_used")


@app.command("create", epilog=EPILOG)
def create(  # noqa: PLR0913 - one argument an option
    scope: Annotated[
        list[str], typer.Option("--scope", help="ingest:SOURCE, ingest:*, read or admin; may be repeated.")
    ],
    name: Annotated[str, typer.Option("--name", help="Whose it is, for the list.")] = "token",
    days: Annotated[float | None, typer.Option("--days", help="Valid for so many days.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Create a token. It is shown this once: only its digest is kept."""
    with reach(data, server) as client:
        created = client.post("/v1/tokens", {"scopes": scope, "name": name, "days": days})
    if json:
        output.line(created)
    else:
        output.text(created["token"])
        output.note(f"Scopes: {', '.join(created['scopes'])}. This is the only time the token is shown.")


@app.command("list", epilog=EPILOG)
def list_(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """List the tokens, without their text."""
    with reach(data, server) as client:
        rows = client.get("/v1/tokens")
    if json:
        for row in rows:
            output.line(row)
    else:
        output.table(rows, _COLUMNS)


@app.command("revoke", epilog=EPILOG)
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="From `affidavit tokens list`.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Revoke a token; it is refused from now on."""
    with reach(data, server) as client:
        row = client.delete(f"/v1/tokens/{token_id}")
    if json:
        output.line(row)
    else:
        output.table([row], _COLUMNS)
