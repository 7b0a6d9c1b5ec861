"""An entry is read back as it was sealed, and nothing that is spelled otherwise is an entry."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record import seal
from affidavit.formats.record.entry import Entry, parse_entry
from affidavit.formats.record.kinds import Kind

LARGEST = 2**53 - 1
SOUND: dict[str, Any] = {
    "body": bytes(range(32)),
    "class_uid": 3002,
    "kind": "event",
    "mapper": "okta.system_log/1",
    "received_us": 1_700_000_000_000_000,
    "record": bytes.fromhex("0190163d8694739b9aea966c26f8ad91"),
    "seq": 7,
    "source": "okta-main",
}


def sealed(**other: Any) -> bytes:
    """An entry with some members changed."""
    return seal.entry(**(SOUND | other))


def test_an_entry_reads_back() -> None:
    """Each member comes back as it was sealed."""
    assert parse_entry(sealed()) == Entry(
        body=bytes(range(32)).hex(),
        class_uid=3002,
        kind="event",
        mapper="okta.system_log/1",
        received_us=1_700_000_000_000_000,
        record="0190163d-8694-739b-9aea-966c26f8ad91",
        seq=7,
        source="okta-main",
    )


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_record_reads_back(kind: str) -> None:
    """No kind that is sealed is refused by those who verify."""
    assert parse_entry(sealed(kind=kind)).kind == kind


@pytest.mark.parametrize("name", ["class_uid", "received_us", "seq"])
def test_numbers_go_from_zero_to_what_json_keeps_exact(name: str) -> None:
    """From 0 to 2^53 - 1, without leading zeroes."""
    for number in (0, 1, 10, LARGEST):
        assert getattr(parse_entry(sealed(**{name: number})), name) == number
    for false in (-1, LARGEST + 1, 10**16, "01", "00", "", "1.0", "1e3"):
        with pytest.raises(RecordError) as caught:
            parse_entry(sealed(**{name: false}))
        assert caught.value.code == "entry-format"


@pytest.mark.parametrize(
    ("name", "sound", "false"),
    [
        ("mapper", ["a", "9._/-z", "m" * 128], ["", "M", "a b", 'a"', "m" * 129, "ü"]),
        (
            "source",
            ["a", "9", "a-._b", "s" * 64],
            ["", "A", "-a", "a-", ".a", "a.", "_a", "a_", "a/b", "s" * 65],
        ),
        ("kind", ["gap"], ["", "events", "Event", "eventgap", "event|gap", "xevent"]),
        ("body", [b"\xff" * 32], [b"\xff" * 31, b"\xff" * 33]),
        (
            "record",
            [
                bytes.fromhex("ffffffffffff7fffbfffffffffffffff"),
                bytes.fromhex("00000000000070008000000000000000"),
            ],
            [
                bytes.fromhex("0190163d8694639b9aea966c26f8ad91"),  # of another version of UUID
                bytes.fromhex("0190163d8694839b9aea966c26f8ad91"),
                bytes.fromhex("0190163d8694739b7aea966c26f8ad91"),  # of another variant
                bytes.fromhex("0190163d8694739bcaea966c26f8ad91"),
                bytes.fromhex("0190163d8694739b9aea966c26f8ad9100"),
            ],
        ),
    ],
)
def test_the_form_of_each_member(name: str, sound: list[Any], false: list[Any]) -> None:
    """Lower-case names of limited length, digests of 32 bytes, UUIDs of version 7."""
    for value in sound:
        assert parse_entry(sealed(**{name: value}))
    for value in false:
        with pytest.raises(RecordError, match="is not an entry"):
            parse_entry(sealed(**{name: value}))


def test_there_is_one_spelling() -> None:
    """White space, capitals, another version, another order, anything before or behind: no entry."""
    good = sealed()
    false = [good.replace(b'"v":1', b'"v":2'), good.replace(b",", b", ", 1), good.replace(b"0b", b"0B")]
    false += [good + b"\n", b" " + good, good[:-1], b"", good + good, good.replace(b'"seq":7,', b"")]
    for data in false:
        assert data != good
        with pytest.raises(RecordError) as caught:
            parse_entry(data)
        assert caught.value.code == "entry-format"


def test_the_message_shows_how_the_bytes_begin() -> None:
    """A hundred bytes of them, in characters that no terminal acts upon."""
    with pytest.raises(RecordError) as caught:
        parse_entry(b"\x1b" + b"x" * 200)
    assert caught.value.message == "b'\\x1b" + "x" * 99 + "' is not an entry"
