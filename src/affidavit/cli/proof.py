"""`affidavit proof`: that one entry is in the log, as a file that stands alone."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.options import DEFAULT_DATA, Data, Server


def proof(
    index: Annotated[int, typer.Argument(min=0, help="The record's index in the log.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Print a record's C2SP tlog-proof under the newest checkpoint; a .tlog-proof file holds just that."""
    with reach(data, server) as client:
        answer = client.get_bytes(f"/v1/records/{index}/proof")
    output.raw(answer.removesuffix(b"\n"))
