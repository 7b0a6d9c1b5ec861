"""What is sent to a time-stamping authority, and what comes back (RFC 3161, section 2.4)."""

from __future__ import annotations

from hashlib import sha256

from affidavit.core.errors import TimestampError, UsageError
from affidavit.formats.rfc3161.der import (
    BIT_STRING,
    BOOLEAN,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    UTF8_STRING,
    Element,
    encode,
    encode_integer,
    encode_oid,
)

SHA256 = "2.16.840.1.101.3.4.2.1"
MAX_BYTES = 256 * 1024
"""Longer answers and tokens are refused unread; real ones have a tenth of that at most."""
_GRANTED = (0, 1)
_STATUS = {
    2: "rejected",
    3: "waiting",
    4: "revocationWarning",
    5: "revocationNotification",
}
_FAILURES = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}
_SHOWN = 200


def request(digest: bytes, *, nonce: int) -> bytes:
    """The TimeStampReq for a SHA-256 digest: with the nonce, and asking for the authority's certificate."""
    if len(digest) != sha256().digest_size or nonce < 0:
        raise UsageError("a timestamp is asked for a SHA-256 digest and with a nonce that is not negative")
    algorithm = encode(SEQUENCE, encode_oid(SHA256), encode(NULL))
    imprint = encode(SEQUENCE, algorithm, encode(OCTET_STRING, digest))
    return encode(SEQUENCE, encode_integer(1), imprint, encode_integer(nonce), encode(BOOLEAN, b"\xff"))


def parse_response(data: bytes) -> bytes:
    """The token in a TimeStampResp; nothing about it is verified.

    TimestampError: `timestamp-refused` with the authority's own words where it grants none, else
    `timestamp-format`.
    """
    if len(data) > MAX_BYTES:
        raise TimestampError(f"an answer of {len(data)} bytes exceeds {MAX_BYTES}")
    response = Element.parse(data).fields()
    info = response.take().fields()
    status = info.take().integer()
    said = info.optional(SEQUENCE)
    failure = info.optional(BIT_STRING)
    info.end()
    if status not in _GRANTED:
        raise TimestampError(_refusal(status, said, failure), code="timestamp-refused")
    token = response.take().encoded
    response.end()
    return token


def response(token: bytes) -> bytes:
    """The TimeStampResp that grants `token`, the form in which tokens are kept in files of type `.tsr`."""
    return encode(SEQUENCE, encode(SEQUENCE, encode_integer(0)), token)


def _refusal(status: int, said: Element | None, failure: Element | None) -> str:
    words = [f"the time-stamping authority says {_STATUS.get(status, f'status {status}')}"]
    if failure is not None:
        words += _failures(failure.content)
    if said is not None:
        texts = [text.expect(UTF8_STRING).decode(errors="replace") for text in said.fields().rest()]
        words.append(" ".join(texts)[:_SHOWN])
    return ": ".join(filter(None, words))


def _failures(bits: bytes) -> list[str]:
    """The names of the bits that are set; the first byte says how many at the end are unused."""
    set_ = [8 * at + bit for at, byte in enumerate(bits[1:]) for bit in range(8) if byte & 0x80 >> bit]
    return [_FAILURES.get(bit, f"failure {bit}") for bit in set_[:8]]
