"""`affidavit drill`: try every attack of the catalogue on a copy, and show that each is found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from affidavit.cli import output
from affidavit.cli.exit_codes import VERIFICATION
from affidavit.cli.options import DEFAULT_DATA, Data, Json
from affidavit.core.errors import UsageError

_RECORDS = 1000
_FOUND = 3
"""Codes that a row of the table shows."""
_COLUMNS = ("attack", "attacker", "found_by", "found", "detected")


def drill(
    data: Data = DEFAULT_DATA,
    records: Annotated[
        int, typer.Option("--records", min=3, max=100_000, help="Newest sealed records to copy.")
    ] = _RECORDS,
    scratch: Annotated[
        Path | None,
        typer.Option(
            "--scratch",
            exists=True,
            file_okay=False,
            help="Folder for the copies, which can be read by whoever can read it; removed at the end.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", dir_okay=False, help="Also write the result there, as JSON."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Copy a slice of the log to scratch, apply each attack of the catalogue to a copy, and show what finds it.

    The data directory is only read, also while a server runs on it; the result is sealed in its log as a
    record of kind `finding`, code `drill.done`. Exits with 3 where an attack was not found.
    """
    from affidavit.assembly.drill import drill_directory
    from affidavit.assembly.drill_record import drill_record
    from affidavit.assembly.statements import seal_own
    from affidavit.core.clock import SystemClock

    done = drill_directory(data, records=records, within=scratch)
    said = done.as_dict()
    seal_own(data, [drill_record(done, now_us=SystemClock().now_us())])
    if out is not None:
        try:
            out.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
        except OSError as error:
            raise UsageError(f"{out} cannot be written: {error.strerror}", code="output-file") from error
    if json:
        output.line(said)
    else:
        output.table(list(map(_shown, said["trials"])), _COLUMNS)
        found = sum(trial.detected for trial in done.trials)
        output.text(
            f"{'Passed' if done.passed else 'FAILED'}: {found} of {len(done.trials)} as expected, on copies of "
            f"{done.records} records of {done.origin}, in {done.seconds:.0f} s; the result is sealed."
        )
    if not done.passed:
        raise typer.Exit(VERIFICATION)


def _shown(trial: dict[str, Any]) -> dict[str, Any]:
    """The trial as a row of a table."""
    found = list(trial["missed"] or trial["found"])
    more = ["…"] if len(found) > _FOUND else []
    return {**trial, "found": found[:_FOUND] + more, "detected": "yes" if trial["detected"] else "NO"}
