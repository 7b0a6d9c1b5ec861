"""Detection Finding (2004): CloudTrail Insights, which notices unusual rates of calls and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_findings import DetectionFinding
from affidavit.formats.ocsf.objects import FindingInfo

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call

CREATE, CLOSE, OTHER = 1, 3, 99
"""activity_id: an insight begins, an insight ends."""
_LOW = 2
_NEW, _RESOLVED = 1, 4
_STATES = {"Start": (CREATE, _NEW, "New"), "End": (CLOSE, _RESOLVED, "Resolved")}
_ELSE = (OTHER, 0, "Unknown")


def is_state(state: str) -> bool:
    """Whether an insight can be in that state."""
    return state in _STATES


def event(call: Call, insight: str, state: str | None) -> DetectionFinding:
    """The insight of the type `insight`, about the operation that the call names."""
    activity_id, status_id, status = _STATES.get(state or "", _ELSE)
    metadata = call.metadata
    shared = call.shared() | {"severity_id": _LOW, "status": status, "status_id": status_id}
    return DetectionFinding(
        activity_id=activity_id,
        finding_info=FindingInfo(
            title=f"{insight}: {call.operation.name}",
            types=[insight],
            uid=metadata.correlation_uid or metadata.uid or call.operation.name,
        ),
        is_alert=True,
        **shared,
    )
