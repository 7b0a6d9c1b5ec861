"""What upkeep mends and finds, as sealed records: Detection Findings of Affidavit's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.formats.ocsf.classes_findings import DetectionFinding
from affidavit.formats.ocsf.objects import FindingInfo
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.evidence.report import Difference
    from affidavit.fsck.problem import Problem
    from affidavit.ledger.outbox import OwnRecord

REPAIRED = "fsck.repaired"
FOUND = "scrub.found"
_CREATE, _CLOSE = 1, 3
_LOW, _CRITICAL = 2, 5
_NEW, _RESOLVED = (1, "New"), (4, "Resolved")
_NAMED = 1000
"""Places that one record names."""


def repair_records(repaired: Iterable[Problem], *, now_us: int) -> list[OwnRecord]:
    """A record for each kind of problem that was mended; it names every place."""
    kinds: dict[str, list[Problem]] = {}
    for problem in repaired:
        kinds.setdefault(problem.code, []).append(problem)
    return [
        _record(
            REPAIRED,
            f"Repaired what could be derived: {code}, {len(problems)} in all",
            {
                "code": code,
                "count": len(problems),
                "repaired": [each.as_dict() for each in problems[:_NAMED]],
            },
            now_us=now_us,
            status=_RESOLVED,
            severity=_LOW,
        )
        for code, problems in kinds.items()
    ]


def finding_record(difference: Difference, *, count: int, now_us: int) -> OwnRecord:
    """That something stored is not what was sealed: the first of `count` differences."""
    title = f"Stored data is not what was sealed: {difference.code} at {difference.where}"
    statement = {"count": count, "first": difference._asdict()}
    return _record(FOUND, title, statement, now_us=now_us, status=_NEW, severity=_CRITICAL)


def _record(  # noqa: PLR0913 - what a finding says
    code: str,
    title: str,
    statement: dict[str, Any],
    *,
    now_us: int,
    status: tuple[int, str],
    severity: int,
) -> OwnRecord:
    event = DetectionFinding(
        activity_id=_CLOSE if status is _RESOLVED else _CREATE,
        metadata=own_metadata(code),
        severity_id=severity,
        time=now_us // 1000,
        finding_info=FindingInfo(uid=f"{code}/{now_us}", title=title, types=[code]),
    )
    event.status_id, event.status = status
    event.message = title
    event.is_alert = status is _NEW
    return own_record("finding", event, now_us=now_us, statement=msgspec.json.encode(statement))
