"""Identifiers: names that cannot be confused with one another, and UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import re
import sys
from array import array
from typing import NewType

from affidavit.core.errors import UsageError

Tenant = NewType("Tenant", str)
"""Whose log it is; one log, lake and set of tokens each."""
SourceName = NewType("SourceName", str)
"""A declared source, such as `okta-prod`."""
SourceType = NewType("SourceType", str)
"""A kind of source that Affidavit can read, such as `okta.system_log`."""
BatchId = NewType("BatchId", str)
"""One acknowledged request; a UUIDv7 in its usual text form."""

DEFAULT_TENANT = Tenant("default")
OWN_SOURCE = SourceName("affidavit")
"""The source of what Affidavit itself does or notices; nobody else may declare it."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


def source_name(text: str) -> SourceName:
    """The name if it is one: 1 to 64 of `a-z 0-9 . _ -`, beginning and ending with a letter or digit."""
    if not _NAME.fullmatch(text):
        raise UsageError(
            f"{text!r} is not a source name",
            code="source-name",
            hint="Use 1 to 64 characters of a-z, 0-9, dot, dash, underscore, e.g. okta-prod.",
        )
    return SourceName(text)


def uuid7s(moment_us: int, count: int) -> bytes:
    """`count` UUIDv7 of 16 bytes each, joined, ascending: one random number, and those that follow it.

    The 48-bit millisecond is `moment_us`. Counting on from 73 random bits (RFC 9562, section 6.2, method 2) keeps
    them as unlike any others, and what belongs to one batch compresses to a few bytes each.
    """
    noise = int.from_bytes(os.urandom(10), "big")
    high = (moment_us // 1000) << 16 | 0x7 << 12 | noise >> 64 & 0xFFF
    first = 0x2 << 62 | noise & (1 << 61) - 1
    halves = array("Q", [high]) * (2 * count)
    halves[1::2] = array("Q", range(first, first + count))
    if sys.byteorder == "little":
        halves.byteswap()
    return halves.tobytes()


def uuid_text(raw: bytes) -> str:
    """The usual 36-character form of 16 bytes."""
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_uuid7(moment_us: int) -> str:
    """One UUIDv7 in text form."""
    return uuid_text(uuid7s(moment_us, 1))
