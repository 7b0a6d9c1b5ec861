"""The words between a log and a witness."""

# ruff: noqa: E501 -- signature lines are as long as they are

from __future__ import annotations

import contextlib
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.witnessing import (
    AddCheckpoint,
    format_request,
    parse_cosignatures,
    parse_request,
    parse_size,
)

EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
ANSWER = """\
— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
"""
HASH = b64encode(sha256(b"").digest()).decode()


def test_the_examples_of_the_specification() -> None:
    """The request and the answer that tlog-witness shows are read, and the request is written again alike."""
    request = parse_request(EXAMPLE.encode())
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert parse_checkpoint(parse_note(request.checkpoint).text).size == 20852163
    assert format_request(request) == EXAMPLE.encode()
    names = [signature.name for signature in parse_cosignatures(ANSWER.encode())]
    assert names == ["witness.example/w1", "witness.example/w1", "witness.example/w2"]
    assert parse_size(b"20852163\n") == 20852163


def test_a_first_request_has_no_proof() -> None:
    """From size 0 there is nothing between the old size and the empty line."""
    assert format_request(AddCheckpoint(0, (), b"note\n")) == b"old 0\n\nnote\n"
    assert parse_request(b"old 0\n\nnote\n") == AddCheckpoint(0, (), b"note\n")
    full = AddCheckpoint(1, (b"h" * 32,) * 63, b"a\n\nb\n")
    assert parse_request(format_request(full)) == full


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "old 0\nnote\n",
        "old\n\nnote\n",
        "old  0\n\nnote\n",
        "old -1\n\nnote\n",
        "old 01\n\nnote\n",
        "old 9223372036854775808\n\nnote\n",
        "old 0\r\n\r\nnote\n",
        "new 0\n\nnote\n",
        f"{HASH}\nold 0\n\nnote\n",
        "old 1\nAAAA\n\nnote\n",
        "old 1\n!\n\nnote\n",
        "old 1\n" + f"{HASH}\n" * 64 + "\nnote\n",
        "öld 0\n\nnote\n",
    ],
)
def test_other_requests_are_refused(text: str) -> None:
    """Any other line, number or hash is an error of this project."""
    with pytest.raises(LogFormatError):
        parse_request(text.encode())


@pytest.mark.parametrize("request_", [AddCheckpoint(-1, (), b""), AddCheckpoint(0, (b"h" * 32,) * 64, b"")])
def test_what_no_request_can_say_is_not_written(request_: AddCheckpoint) -> None:
    """A size below zero or a proof too long has no place in a request."""
    with pytest.raises(LogFormatError):
        format_request(request_)


@given(st.binary() | st.text().map(str.encode) | st.binary().map(lambda tail: b"old 1\n" + tail))
def test_garbage_yields_only_errors_of_this_project(data: bytes) -> None:
    """Whatever the bytes are, each reader answers with a value or LogFormatError."""
    for parse in (parse_request, parse_cosignatures, parse_size):
        with contextlib.suppress(LogFormatError):
            parse(data)


@pytest.mark.parametrize("data", [b"", b"\n", ANSWER.encode()[:-1], ANSWER.encode() + b"\n", b"\xff\n"])
def test_other_answers_are_refused(data: bytes) -> None:
    """Cut, empty or other answers hold no cosignature."""
    with pytest.raises(LogFormatError):
        parse_cosignatures(data)
