"""`affidavit sources`: what is declared, and what can be."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server

app = typer.Typer(no_args_is_help=True, help="Declare sources and list them.")


@app.command("types", epilog=EPILOG)
def types(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """List the source types that Affidavit reads."""
    del data, server  # the types are part of the program
    from affidavit.sources.registry import KINDS

    rows = [{"type": kind.type, "title": kind.title, "mapper": kind.mapper} for kind in KINDS.values()]
    _show(rows, ("type", "title", "mapper"), json=json)


@app.command("list", epilog=EPILOG)
def list_(data: Data = DEFAULT_DATA, server: Server = None, *, json: Json = False) -> None:
    """List the declared sources."""
    with reach(data, server) as client:
        _show(client.get("/v1/sources"), ("name", "type", "created"), json=json)


@app.command("add", epilog=EPILOG)
def add(
    name: Annotated[str, typer.Argument(help="What to call it, e.g. okta-prod.")],
    type_: Annotated[str, typer.Option("--type", help="One of `affidavit sources types`.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Declare a source, so that it can send."""
    with reach(data, server) as client:
        _show(
            [client.post("/v1/sources", {"name": name, "type": type_})],
            ("name", "type", "created"),
            json=json,
        )


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], *, json: bool) -> None:
    if json:
        for row in rows:
            output.line(row)
    else:
        output.table(rows, columns)
