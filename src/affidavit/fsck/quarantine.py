"""The quarantine's list against its objects and against the receipts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from affidavit.fsck.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.intake.quarantined import QuarantinedLine
    from affidavit.ledger.receipts import Receipt


def check_quarantine(
    lines: Iterable[QuarantinedLine], objects: Iterable[str], receipts: Iterable[Receipt]
) -> list[Problem]:
    """Each line's object is there, each object is in the list, and each receipt's count is that of the list."""
    counts: Counter[str] = Counter()
    named: dict[str, str] = {}
    for line in lines:
        counts[line.batch] += 1
        named.setdefault(line.object, line.id)
    stored = set(objects)
    problems = [
        Problem("quarantine-missing", name, f"is not there, and line {named[name]} lies in it")
        for name in sorted(named.keys() - stored)
    ]
    problems += [
        Problem("quarantine-unlisted", name, "is in no list", harmless=True)
        for name in sorted(stored - named.keys())
    ]
    for receipt in receipts:
        listed = counts[receipt.batch]
        if listed != receipt.quarantined:
            what = f"says that {receipt.quarantined} lines were quarantined, and the list has {listed}"
            problems.append(Problem("quarantine-differs", f"receipt {receipt.batch}", what))
    return problems
