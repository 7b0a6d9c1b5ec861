"""What the process answers with; the one table from error to exit code."""

from __future__ import annotations

from affidavit.core.errors import AccessError, AffidavitError, UsageError, VerificationError

OK = 0
OPERATIONAL = 1
"""It could not be done; the message says why and what to do."""
USAGE = 2
"""The command, its options or the query are not right."""
VERIFICATION = 3
"""What is stored or shown is not what was sealed."""
GAP = 4
"""Something is missing."""

EPILOG = "Exit codes: 0 fine, 1 operational error, 2 usage, 3 verification failed, 4 gap found."
"""Stands below the help of every command."""

TABLE: tuple[tuple[type[AffidavitError], int], ...] = (
    (VerificationError, VERIFICATION),
    (UsageError, USAGE),
    (AccessError, OPERATIONAL),
    (AffidavitError, OPERATIONAL),
)
"""The first class that an error is an instance of decides."""


def exit_code(error: AffidavitError) -> int:
    """The exit code of an error."""
    return next(code for kind, code in TABLE if isinstance(error, kind))
