"""What a bundle is made of, and that nothing is handed out which does not lead to the signed root."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.running.bundled import ORIGIN, T0_US, TOOL, VERIFIER, BundledLog, Row, verdict_of
from tests.simulators.forger import Forger

from affidavit.core.errors import VerificationError
from affidavit.evidence.bundle.create import Kept, read_object
from affidavit.evidence.bundle.table import object_of
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note

if TYPE_CHECKING:
    from affidavit.evidence.bundle.create import Made

ROWS = [Row(index=at) for at in range(20)]
LOG = BundledLog(ROWS)
WITNESS = SigningKey("witness.example/w1", KeyType.ED25519_COSIGNATURE, b"w" * 32)


def members(made: Made) -> dict[str, bytes]:
    """What lies in a bundle."""
    return Forger(made.data).members


def test_the_manifest_states_the_question_and_the_answer() -> None:
    """Who asked what of which log, when, with which tool; the range; what was counted."""
    made = LOG.make(
        4, 12, since=5, until=11, query="actor:a", matching=[4, 6, 9, 11], disclosed=("facts", "raw")
    )
    assert made.sha256 == sha256(made.data).hexdigest()
    held = members(made)
    assert held["manifest.json"] == made.manifest.encode()
    read: dict[str, Any] = json.loads(held["manifest.json"])
    listed = read.pop("members")
    assert listed == {
        name: {"sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in held.items()
        if name not in {"manifest.json", "manifest.note"}
    }
    assert read == {
        "format": "affidavit/bundle/v1",
        "tool": TOOL,
        "created": "2026-11-23T09:00:07.000000Z",
        "asked_by": {"name": "auditor", "token": "0123456789abcdef"},
        "question": {
            "period_of": "received",
            "query": "actor:a",
            "since": "2026-11-23T09:00:05.000000Z",
            "since_asked": "yesterday",
            "time_zone": "UTC",
            "until": "2026-11-23T09:00:11.000000Z",
            "until_asked": "today",
        },
        "disclosed": ["facts", "raw"],
        "log": {"origin": ORIGIN, "start_size": None, "end_size": 20},
        "entries": {"first": 4, "end": 12},
        "counts": {"entries": 8, "in_period": 6, "matching": 2},
        "received": {"min": "2026-11-23T09:00:06.000000Z", "max": "2026-11-23T09:00:09.000000Z"},
        "occurred": {"min": "2026-11-23T09:00:05.000000Z", "max": "2026-11-23T09:00:08.000000Z"},
        "kinds": {"event": 8},
        "mappers": {"okta.system_log/1": 8},
        "sources": [
            {"source": "okta-prod", "entries": 8, "matching": 2, "first_index": 4, "last_index": 11, "first_seq": 4,
             "last_seq": 11, "holes": 0}
        ],
    }  # fmt: skip


def test_the_members_stand_in_their_order() -> None:
    """First what is read first."""
    start, end = Kept(note=LOG.note(3), token=b"st"), Kept(note=LOG.note(20), token=b"et")
    assert list(members(LOG.make(4, 12, start=start, end=end))) == [
        "manifest.json", "manifest.note", "report.html", "policy.txt", "end.note", "end.tsr", "start.note", "start.tsr",
        "consistency.txt", "boundary.txt", "entries.ndjson", "records.bin", "records.csv", "key-history.ndjson",
        "erasures.ndjson", "VERIFY.md", "verify.py",
    ]  # fmt: skip


def test_what_is_kept_goes_into_the_bundle_as_it_is() -> None:
    """Checkpoints, timestamps, policy, verifier; what is not kept is not there."""
    start, end = Kept(note=LOG.note(3), token=b"st"), Kept(note=LOG.note(20), token=b"et")
    made = LOG.make(4, 12, start=start, end=end)
    held = members(made)
    assert made.manifest.start_size == 3
    assert (held["start.note"], held["start.tsr"]) == (start.note, b"st")
    assert (held["end.note"], held["end.tsr"]) == (end.note, b"et")
    assert (held["policy.txt"], held["verify.py"]) == (LOG.policy(), VERIFIER)
    assert ORIGIN in held["VERIFY.md"].decode()
    assert TOOL in held["VERIFY.md"].decode()
    unstamped = members(LOG.make(4, 12, start=Kept(note=start.note)))
    assert {"start.tsr", "end.tsr"}.isdisjoint(unstamped)
    assert "start.note" in unstamped
    assert "start.note" not in members(LOG.make(4, 12))


def test_the_manifest_is_signed_with_its_number_of_rows() -> None:
    """In the form of a checkpoint that is none of the log's."""
    made = LOG.make(0, 20)
    held = members(made)
    text = parse_note(held["manifest.note"]).text.decode().split("\n")
    assert text[:2] == ["affidavit/bundle/v1", "20"]
    assert verdict_of(made.data, LOG.keys).faults == []


@pytest.mark.parametrize("since", [None, 5])
@pytest.mark.parametrize("until", [None, 11])
def test_rows_are_those_that_match_in_the_period(since: int | None, until: int | None) -> None:
    """From its beginning up to, not including, its end; whatever else the query finds around it is not asked for."""
    first, end = 0 if since is None else 4, 20 if until is None else 12
    made = LOG.make(first, end, since=since, until=until)
    table = members(made)["records.csv"].decode().splitlines()
    expected = range(0 if since is None else 5, 20 if until is None else 11)
    assert [line.partition(",")[0] for line in table[1:]] == list(map(str, expected))
    assert verdict_of(made.data, LOG.keys).faults == []


@pytest.mark.parametrize("name", ["actor", "detail", "facts", "raw", "target"])
def test_only_what_was_asked_for_is_disclosed(name: str) -> None:
    """One part, the others as digests; the salt of each shown part is its own."""
    made = LOG.make(4, 12, since=5, until=11, disclosed=(name,))
    verdict = verdict_of(made.data, LOG.keys)
    assert verdict.faults == []
    body = members(made)["records.bin"]
    shown = {
        "actor": b"user 6",
        "detail": b'{"a":1}',
        "facts": b"status_id",
        "raw": b"raw",
        "target": b"Payroll",
    }
    assert [part for part, text in shown.items() if text in body] == [name]


def test_a_record_without_a_salt_is_withheld_as_it_was_sealed() -> None:
    """Its salt was erased: nothing leads to the sealed digests any more, so no bundle can be made of it."""

    class Erased(Row):
        salt = None  # type: ignore[assignment]

    rows = [*ROWS[:6], Erased(index=6), *ROWS[7:]]
    with pytest.raises(VerificationError) as caught:
        LOG.make(4, 12, rows=rows[4:12])
    assert caught.value.code == "root-differs"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[4:6] + ROWS[7:12], "record 6 is not in the lake"),
        (ROWS[5:12], "record 4 is not in the lake"),
        (ROWS[4:11], "record 11 is not in the lake"),
        ([], "record 4 is not in the lake"),
        ([*ROWS[4:12], ROWS[12]], "record 13 is not in the lake"),
    ],
)
def test_a_range_that_is_not_whole_is_not_handed_out(rows: list[Row], said: str) -> None:
    """A record in between, at either end, none at all, one too many."""
    with pytest.raises(VerificationError) as caught:
        LOG.make(4, 12, rows=rows)
    assert (caught.value.code, caught.value.message) == ("records-missing", said)


@pytest.mark.parametrize("at", [4, 11])
def test_what_the_log_does_not_commit_to_is_not_handed_out(at: int) -> None:
    """One record of another content than was sealed."""
    rows = [Row(index=each.index, raw=b"other") if each.index == at else each for each in ROWS]
    with pytest.raises(VerificationError) as caught:
        LOG.make(4, 12, rows=rows[4:12])
    assert caught.value.code == "root-differs"
    assert "records 4 to 11" in caught.value.message


def test_records_from_elsewhere_are_proven() -> None:
    """Rotations and erasures, each in its member."""
    log = BundledLog([Row(index=at, kind="erasure" if at < 3 else "event") for at in range(9)])
    made = log.make(4, 8, since=5, until=7, erasures=[log.proven(1, "facts"), log.proven(2)])
    held = members(made)
    assert [json.loads(line)["index"] for line in held["erasures.ndjson"].splitlines()] == [1, 2]
    assert held["key-history.ndjson"] == b""
    first = json.loads(held["erasures.ndjson"].splitlines()[0])["parts"]
    assert [name for name, part in first.items() if "data" in part] == ["facts"]
    assert verdict_of(made.data, log.keys).faults == []
    swapped = log.make(4, 8, key_history=[log.proven(1, "facts")])
    assert b'"index":1' in members(swapped)["key-history.ndjson"]


def test_the_maker_is_told_how_far_it_is() -> None:
    """At every thousandth record of the log how many of the range are done."""
    log = BundledLog([Row(index=at) for at in range(2001)])
    told: list[int] = []
    log.make(990, 2001, query="nobody", matching=(), progress=told.append)
    assert told == [10, 1010]


def test_the_report_tells_what_the_bundle_proves() -> None:
    """Root, keys, the names of those who cosigned, and whether there is a timestamp."""
    note = parse_note(LOG.note(20))
    cosigned = Ed25519Cosigner(WITNESS).cosign(note.text, time_s=T0_US // 1_000_000)
    end = Kept(note=format_note(note.text, (*note.signatures, cosigned, cosigned)), token=b"token")
    page = members(LOG.make(4, 12, since=5, until=11, end=end))["report.html"].decode()
    plain = members(LOG.make(4, 12, since=5, until=11))["report.html"].decode()
    for text in (page, plain):
        assert LOG.root(20).hex() in text
        for key in LOG.keys:
            name, key_id, _ = key.split("+", 2)
            assert f"{name}+{key_id}" in text
        assert "user 5" in text
        assert "user 4" not in text
    told = "cosigned under the names <code>witness.example/w1</code>."
    assert (told in page, told in plain) == (True, False)
    assert ("A time from outside" in page, "A time from outside" in plain) == (True, False)
    assert ("no timestamp is kept" in page, "no timestamp is kept" in plain) == (False, True)


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b" ",
        b" {} \n",
        b"\f{}",
        b"{}{}",
        b"\xef\xbb\xbf{}",
        b"[]",
        b"null",
        b'{"a":1,"a":2}',
        b'{"a":9223372036854775808}',
        b'{"a":-36893488147419103232}',
        b'{"a":%b}' % (b"1" * 5000),
        b'{"a":-0,"b":-0.0}',
        b'{"a":01}',
        b'{"a":1.}',
        b'{"a":1e400}',
        b'{"a":1e-400}',
        b'{"a":123456789012345678901234567890.5}',
        b'{"a":NaN,"b":-Infinity}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\ud83d\\ude00\\u0000\\/"}',
        b'{"a":"\x01"}',
        b'{"a":"\x7f"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"\xc0\x80":1}',
        b'{"a":' * 100_000,
    ],
)
def test_parts_are_read_as_a_verifier_reads_them(part: bytes) -> None:
    """Whatever the two parsers differ in: the table of a bundle is derived again from the same bytes."""
    assert repr(read_object(part)) == repr(object_of(part))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
)


@given(st.dictionaries(st.text(), _VALUES), st.integers(0), st.binary(max_size=2))
def test_changed_parts_are_read_as_a_verifier_reads_them(value: object, at: int, other: bytes) -> None:
    """JSON of all kinds, and what some changed bytes make of it."""
    for part in (
        json.dumps(value).encode(),
        json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"),
    ):
        cut = at % (len(part) + 1)
        for text in (part, part[:cut] + other + part[cut + len(other) :]):
            assert repr(read_object(text)) == repr(object_of(text))
