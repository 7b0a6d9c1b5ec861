"""Timestamps by a time-stamping authority (RFC 3161): ask for one, read the answer, verify it offline.

A token proves that a digest existed before the time that it states, to whoever trusts the authority. Revocation
is not asked for: there is no network here. Why this is our own code: docs/adr.
"""

from __future__ import annotations

from affidavit.formats.rfc3161.chain import load_roots
from affidavit.formats.rfc3161.query import parse_response, request, response
from affidavit.formats.rfc3161.verify import Timestamp, held_certificates, verify_token

__all__ = [
    "Timestamp",
    "held_certificates",
    "load_roots",
    "parse_response",
    "request",
    "response",
    "verify_token",
]
