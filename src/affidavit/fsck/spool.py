"""The spool against the head: nothing sealed waits, nothing that waits is sealed, and all of it opens."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError, NotFoundError
from affidavit.fsck.problem import Problem
from affidavit.intake.recovery import check_spool
from affidavit.intake.spool import Position, segment_name, segment_number
from affidavit.intake.tail import Tail
from affidavit.storage.mark import LocalMark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from affidavit.formats.age.recipient import Identity
    from affidavit.storage.interfaces import JournalStore


def check_waiting(
    journal: JournalStore,
    identities: Sequence[Identity],
    *,
    sealed: Callable[[], Position],
    durable: Position,
    has_receipt: Callable[[str], bool],
) -> tuple[set[str], list[Problem]]:
    """The batches that wait, and everything that is wrong; those that are sealed whole have a receipt."""
    try:
        check_spool(journal, identities, sealed=sealed, durable=durable)
    except AffidavitError as error:
        return set(), [Problem(error.code, "spool", str(error))]
    start = sealed()
    problems = _names(journal, start)
    waiting: set[str] = set()
    with suppress(NotFoundError):
        size = journal.size(segment_name(start.segment))
        if start.segment and start.offset > size:
            what = f"is {size} bytes long, and sealed up to {start.offset}"
            return waiting, [*problems, Problem("spool-cut", segment_name(start.segment), what)]
    mark = LocalMark()
    mark.set(max(durable, _end(journal)).packed())
    with suppress(AffidavitError):  # a torn end, which check_spool has allowed
        for chunk in Tail(journal, identities, durable=mark, start=start).chunks(most_records=_ALL):
            waiting.add(chunk.batch)
    problems += [
        Problem(
            "spool-overlaps-head", f"batch {name}", "waits to be sealed, and has a receipt that says it is"
        )
        for name in sorted(waiting)
        if has_receipt(name)
    ]
    return waiting, problems


_ALL = 1 << 62


def _names(journal: JournalStore, sealed: Position) -> list[Problem]:
    problems = []
    for name in journal.names():
        number = segment_number(name)
        if number is not None and number < sealed.segment:
            problems.append(
                Problem("spool-sealed", name, "is sealed and still there", derivable=True, harmless=True)
            )
        elif name.startswith("staged-"):
            what = "was never completed, so never acknowledged"
            problems.append(Problem("spool-staged", name, what, derivable=True, harmless=True))
        elif name.startswith("torn-"):
            what = "is what a crash left of an end; look at it, then delete it"
            problems.append(Problem("spool-torn", name, what, harmless=True))
    return problems


def _end(journal: JournalStore) -> Position:
    """Behind everything that is there; nobody writes, or what is beyond the mark is not looked at."""
    numbers = [number for name in journal.names() if (number := segment_number(name)) is not None]
    if not numbers:
        return Position(0, 0)
    return Position(max(numbers), journal.size(segment_name(max(numbers))))
