"""What came of it. The audit log tells of what was done, so success unless the event says otherwise."""

from __future__ import annotations

from affidavit.formats.ocsf.objects import HttpResponse
from affidavit.sources.github.taking import Raw, text, whole

_SUCCESS, _FAILURE = (1, "Success"), (2, "Failure")
_FAILED_WORDS = frozenset(
    {"failed", "failure", "denied", "rejected", "error", "blocked", "decline", "declined"}
)
_FAILED_CONCLUSIONS = frozenset({"failure", "cancelled", "timed_out", "startup_failure", "action_required"})
_FIRST_ERROR = 400


def says_failed(action: str) -> bool:
    """Whether the name of an action tells of a failure."""
    return not _FAILED_WORDS.isdisjoint(action.lower().replace(".", "_").split("_"))


def outcome(event: Raw, *, failed: bool) -> tuple[int, str, str | None, HttpResponse | None]:
    """Take it out of `event`: (status_id, status, status_detail, response)."""
    detail = response = None
    if "conclusion" in event:
        detail = text(event, "conclusion")
        failed = failed or detail in _FAILED_CONCLUSIONS
    elif "reason" in event:
        detail = text(event, "reason")
    if "status_code" in event:
        code = whole(event, "status_code")
        if code is not None:
            response = HttpResponse(code=code)
            failed = failed or code >= _FIRST_ERROR
    return *(_FAILURE if failed else _SUCCESS), detail, response
