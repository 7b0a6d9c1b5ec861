"""What came of it and how grave it is, in the numbers and captions of OCSF.

Only the words that Okta documents are taken over; another word stays in `unmapped`, because status and
severity belong to the part of a record that cannot be erased.
"""

from __future__ import annotations

RESULTS = (
    {
        "SUCCESS": (1, "Success"),
        "ALLOW": (1, "Success"),
        "FAILURE": (2, "Failure"),
        "DENY": (2, "Failure"),
        "UNKNOWN": (0, "Unknown"),
    }
    | dict.fromkeys(("ABANDONED", "RATE_LIMIT", "ERROR", "TIMEOUT", "REJECTED"), (2, "Failure"))
    | {
        word: (99, word)
        for word in ("CHALLENGE", "SKIPPED", "UNANSWERED", "DEFERRED", "SCHEDULED", "PENDING", "IN_PROGRESS")
    }
)
"""`outcome.result` as (status_id, status)."""
NO_RESULT = (0, "Unknown")
OTHER_RESULT = (99, "Other")

SEVERITIES = {
    "DEBUG": (1, "Informational"),
    "INFO": (1, "Informational"),
    "LOW": (2, "Low"),
    "WARN": (3, "Medium"),
    "WARNING": (3, "Medium"),
    "MEDIUM": (3, "Medium"),
    "ERROR": (4, "High"),
    "HIGH": (4, "High"),
    "CRITICAL": (5, "Critical"),
}
"""`severity` as (severity_id, severity)."""
NO_SEVERITY = (0, "Unknown")
OTHER_SEVERITY = (99, "Other")
