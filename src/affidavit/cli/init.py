"""`affidavit init`: make a data directory."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.options import DEFAULT_DATA, Data, Json


def init(
    data: Data = DEFAULT_DATA,
    origin: Annotated[
        str | None,
        typer.Option("--origin", help="Name of the log, e.g. log.example.com/audit; yours for ever."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Make a data directory: keys, an empty signed log, and the owner's token, which is shown this once.

    With AFFIDAVIT_PASSPHRASE_FILE set, the keys are wrapped with the passphrase in that file.
    """
    from affidavit.assembly.initialise import initialise

    made = initialise(data, origin=origin)
    if json:
        output.line({"data": str(data), "token": made.token, "verifier_keys": made.verifier_keys})
        return
    output.text(made.token)
    output.note(f"Initialised {data}. Above is the owner's token; this is the only time it is shown.")
    output.note("Verifier keys of the log, for whoever is to check it:")
    for key in made.verifier_keys:
        output.note(f"  {key}")
