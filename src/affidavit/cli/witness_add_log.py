"""`affidavit witness add-log`: cosign for a log."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.options import DEFAULT_WITNESS, Json, WitnessData


def add_log(
    keys: Annotated[
        list[str], typer.Argument(help="The log's verifier keys, as its `affidavit checkpoint` prints them.")
    ],
    data: WitnessData = DEFAULT_WITNESS,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Trust only these keys of the log from now on.")
    ] = False,
    json: Json = False,
) -> None:
    """Have the witness cosign for a log; also while it serves."""
    from affidavit.assembly.witness import add_log as add

    origin, held = add(data, keys, replace=replace)
    if json:
        output.line({"origin": origin, "verifier_keys": [str(key) for key in held]})
        return
    output.text(f"The witness cosigns for {origin} with {len(held)} {'key' if len(held) == 1 else 'keys'}.")
