"""Requests are spelled as RFC 3161 has them; answers are a token, or say in the authority's words why not."""

from __future__ import annotations

import pytest

from affidavit.core.errors import TimestampError, UsageError
from affidavit.formats.rfc3161.der import encode, encode_integer
from affidavit.formats.rfc3161.query import parse_response, request, response

DIGEST = bytes(range(32))
TOKEN = b"\x30\x03\x02\x01\x05"
LIMIT_BYTES = 256 * 1024


def answer(status: int, *more: bytes, token: bytes = b"") -> bytes:
    """A TimeStampResp with what its status holds beyond the number."""
    return encode(0x30, encode(0x30, encode_integer(status), *more), token)


def words(*texts: str) -> bytes:
    """A PKIFreeText."""
    return encode(0x30, *(encode(0x0C, text.encode()) for text in texts))


def failures(*bits: int) -> bytes:
    """A PKIFailureInfo with these bits set."""
    number = sum(1 << (31 - bit) for bit in bits)
    return encode(0x03, b"\x00", number.to_bytes(4, "big"))


def refusal(data: bytes) -> str:
    """What is said where the authority grants nothing."""
    with pytest.raises(TimestampError) as caught:
        parse_response(data)
    assert caught.value.code == "timestamp-refused"
    return caught.value.message


def test_a_request_has_one_spelling() -> None:
    """Version 1, SHA-256 with no parameter, the digest, the nonce, and the wish for the certificate."""
    imprint = "3031300d06096086480165030402010500" + "0420" + DIGEST.hex()
    assert request(DIGEST, nonce=0x1234).hex() == "303d020101" + imprint + "02021234" + "0101ff"
    assert request(DIGEST, nonce=0).hex() == "303c020101" + imprint + "020100" + "0101ff"


def test_what_cannot_be_asked_for() -> None:
    """Digests of another length and nonces below zero."""
    for digest, nonce in ((DIGEST[:31], 1), (DIGEST + b"x", 1), (DIGEST, -1)):
        with pytest.raises(UsageError):
            request(digest, nonce=nonce)


def test_a_token_is_kept_as_an_answer() -> None:
    """What is stored is the answer of an authority that grants the token, which every tool reads."""
    assert response(TOKEN).hex() == "300a3003020100" + TOKEN.hex()
    assert parse_response(response(TOKEN)) == TOKEN


@pytest.mark.parametrize("status", [0, 1])
def test_granted(status: int) -> None:
    """Granted, or granted with changes, whatever the authority remarks."""
    assert parse_response(answer(status, token=TOKEN)) == TOKEN
    assert parse_response(answer(status, words("here"), failures(0), token=TOKEN)) == TOKEN


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (2, "rejected"),
        (3, "waiting"),
        (4, "revocationWarning"),
        (5, "revocationNotification"),
        (6, "status 6"),
    ],
)
def test_refused(status: int, said: str) -> None:
    """The status is named as RFC 3161 names it, with or without a token beside it."""
    assert refusal(answer(status)) == f"the time-stamping authority says {said}"
    assert refusal(answer(status, token=TOKEN)) == f"the time-stamping authority says {said}"


@pytest.mark.parametrize(
    ("bit", "said"),
    [
        (0, "badAlg"),
        (1, "failure 1"),
        (2, "badRequest"),
        (5, "badDataFormat"),
        (14, "timeNotAvailable"),
        (15, "unacceptedPolicy"),
        (16, "unacceptedExtension"),
        (17, "addInfoNotAvailable"),
        (25, "systemFailure"),
        (31, "failure 31"),
    ],
)
def test_each_failure_has_its_name(bit: int, said: str) -> None:
    """The reason is named as RFC 3161 names it."""
    assert refusal(answer(2, failures(bit))) == f"the time-stamping authority says rejected: {said}"


def test_the_authority_is_quoted() -> None:
    """All reasons up to eight, then its words, of which a page is not repeated."""
    said = refusal(answer(2, words("Ask", "again"), failures(0, 2)))
    assert said == "the time-stamping authority says rejected: badAlg: badRequest: Ask again"
    assert refusal(answer(2, words())) == "the time-stamping authority says rejected"
    assert refusal(answer(2, words("w" * 201))).endswith(": " + "w" * 200)
    many = refusal(answer(2, failures(*range(18, 25), 26, 27)))
    assert many.endswith("failure 23: failure 24: failure 26")
    assert refusal(answer(2, encode(0x30, encode(0x0C, b"\xff")))).endswith(": \ufffd")


@pytest.mark.parametrize(
    "data",
    [
        answer(0),  # no token
        answer(0, token=TOKEN + TOKEN),
        answer(0, failures(0), words("x"), token=TOKEN),  # in the wrong order
        answer(0, words("x"), words("x"), token=TOKEN),
        answer(0, token=TOKEN) + b"\x00",
        encode(0x30, encode(0x30), TOKEN),
        encode(0x30, encode_integer(0), TOKEN),
        encode(0x31, encode(0x30, encode_integer(0)), TOKEN),
        answer(2, encode(0x30, encode(0x16, b"IA5"))),
    ],
)
def test_answers_that_are_none(data: bytes) -> None:
    """Missing, doubled, misplaced or mistyped members are a malformed answer, not a refusal."""
    with pytest.raises(TimestampError) as caught:
        parse_response(data)
    assert caught.value.code == "timestamp-format"


def test_an_answer_may_have_a_quarter_of_a_mebibyte() -> None:
    """One byte more is refused."""
    head = len(answer(0, token=encode(0x04, bytes(LIMIT_BYTES // 2)))) - LIMIT_BYTES // 2
    largest = answer(0, token=encode(0x04, bytes(LIMIT_BYTES - head)))
    assert len(largest) == LIMIT_BYTES
    assert len(parse_response(largest)) > LIMIT_BYTES - head
    with pytest.raises(TimestampError, match="exceeds 262144"):
        parse_response(answer(0, token=encode(0x04, bytes(LIMIT_BYTES - head + 1))))
