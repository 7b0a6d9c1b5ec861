"""Options that commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option("--data", envvar="AFFIDAVIT_DATA", help="The data directory.", show_default=True),
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="AFFIDAVIT_SERVER",
        help="URL of a server elsewhere; its token is read from AFFIDAVIT_TOKEN.",
    ),
]
WitnessData = Annotated[
    Path,
    typer.Option(
        "--data", envvar="AFFIDAVIT_WITNESS_DATA", help="The witness's directory.", show_default=True
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
DEFAULT_DATA = Path("data")
DEFAULT_WITNESS = Path("witness")
