"""`affidavit fsck`: hold what is stored in one place against the others, and mend what can be derived."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.exit_codes import VERIFICATION
from affidavit.cli.options import DEFAULT_DATA, Data, Json

_SHOWN = 20


def fsck(
    data: Data = DEFAULT_DATA,
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Mend what follows from what was signed and stored; no server may be running."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Hold ledger, lake, spool, receipts, quarantine and state database against each other.

    Structure, not content: `affidavit verify` recomputes that. Reads the data directory itself, also while a server
    runs on it. With --repair, missing tiles are rebuilt from the lake where they give the signed root, the head's
    checkpoint is published again, receipts and sequences are corrected from the lake, and leftovers of a crash
    are removed; nothing is ever signed anew, and each repair is sealed in the log. Exits with 3 where
    something is wrong and was not mended.
    """
    from affidavit.assembly.fsck import fsck_directory
    from affidavit.assembly.statements import seal_own
    from affidavit.assembly.upkeep_record import repair_records
    from affidavit.core.clock import SystemClock

    done = fsck_directory(data, repair=repair)
    if done.repaired:
        seal_own(data, repair_records(done.repaired, now_us=SystemClock().now_us()))
    if json:
        output.line(done.as_dict())
    else:
        for word, problems in (("repaired", done.repaired), ("", done.problems)):
            for problem in problems[:_SHOWN]:
                said = word or ("harmless" if problem.harmless else "problem")
                output.note(f"{said}: {problem.code}: {problem.where}: {problem.what}")
            if len(problems) > _SHOWN:
                output.note(f"… and {len(problems) - _SHOWN} more; --json lists them all.")
        harmless = sum(problem.harmless for problem in done.problems)
        output.text(
            f"{'Sound' if done.sound else 'NOT SOUND'}: {len(done.problems) - harmless} to be looked into, "
            f"{harmless} harmless, {len(done.repaired)} repaired; "
            f"{done.origin} has {done.size} entries ({done.seconds:.1f} s)."
        )
    if not done.sound:
        raise typer.Exit(VERIFICATION)
