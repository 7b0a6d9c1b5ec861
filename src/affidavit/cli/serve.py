"""`affidavit serve`: take batches and answer readers until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli.options import DEFAULT_DATA, Data


def serve(
    data: Data = DEFAULT_DATA,
    listen: Annotated[
        str | None, typer.Option("--listen", help="ADDRESS:PORT; default 127.0.0.1:8470 or [server] listen.")
    ] = None,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Also import the bundled samples.")] = False,
) -> None:
    """Run the server on a data directory, in the foreground."""
    from affidavit.assembly.serve import run

    raise typer.Exit(run(data, listen=listen, demo=demo))
