"""A drill as a sealed record: evidence, for controls that ask for it, that tampering is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from affidavit.formats.ocsf.classes_findings import ComplianceFinding
from affidavit.formats.ocsf.objects import Compliance, FindingInfo
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from affidavit.assembly.drill import Drill
    from affidavit.ledger.outbox import OwnRecord

_CREATE, _INFORMATIONAL, _HIGH = 1, 1, 4
_PASS, _FAIL = (1, "Pass"), (3, "Fail")
_NEW = 1
CODE = "drill.done"


def drill_record(drill: Drill, *, now_us: int) -> OwnRecord:
    """The result as a Compliance Finding, the whole of it verbatim as the original."""
    detected = sum(trial.detected for trial in drill.trials)
    title = f"Tamper drill: {detected} of {len(drill.trials)} attacks found as expected"
    status_id, status = _PASS if drill.passed else _FAIL
    event = ComplianceFinding(
        activity_id=_CREATE,
        metadata=own_metadata(CODE),
        severity_id=_INFORMATIONAL if drill.passed else _HIGH,
        time=now_us // 1000,
        compliance=Compliance(
            control="Tampering with the log is detected",
            status_id=status_id,
            status=status,
            status_details=[trial.attack for trial in drill.trials if not trial.detected] or None,
        ),
        finding_info=FindingInfo(uid=f"{CODE}/{now_us}", title=title, types=[CODE]),
    )
    event.status_id, event.status = _NEW, "New"
    event.message = title
    return own_record("finding", event, now_us=now_us, statement=msgspec.json.encode(drill.as_dict()))
