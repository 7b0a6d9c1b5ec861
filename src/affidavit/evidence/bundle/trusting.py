"""What a reader brings along, from the texts that are given on a command line."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from affidavit import __version__
from affidavit.core.errors import AffidavitError, UsageError
from affidavit.evidence.bundle.published import published_verifier
from affidavit.evidence.bundle.trust import Trust, parse_trust

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOL = f"affidavit {__version__}"


def read_trust(*, keys: Sequence[str], policy: bytes | None, roots: bytes | None) -> Trust:
    """The reader's trust, and the verifier that is published with this version; UsageError for what is none."""
    try:
        return parse_trust(
            keys=keys,
            policy=policy,
            roots=roots,
            tool=TOOL,
            verifier_sha256=sha256(published_verifier()).hexdigest(),
        )
    except AffidavitError as error:
        raise UsageError(error.message, code="trust") from error
