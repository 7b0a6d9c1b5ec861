"""Entries and records side by side: each record at its entry, no entry missing, the period closed on either side."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from tests.running.bundled import T0_US, BundledLog, Row
from tests.simulators.forger import Forger

from affidavit.core.errors import AffidavitError, BundleError, VerificationError
from affidavit.evidence.bundle.stream import check_record, lines, walk
from affidavit.formats.bundle.manifest import parse_manifest
from affidavit.formats.bundle.records import Shown, Withheld, decode_records
from affidavit.formats.record.entry import parse_entry
from affidavit.formats.record.seal import NAMES, body_of, part_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from affidavit.evidence.bundle.stream import Walked
    from affidavit.formats.bundle.archive import Archive
    from affidavit.formats.bundle.manifest import Manifest
    from affidavit.formats.bundle.records import Part

LOG = BundledLog([Row(index=at) for at in range(20)])


class Held:
    """The two members that are walked, in pieces of 100 bytes."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self.members = members

    def chunks(self, name: str) -> Iterator[bytes]:
        """As an archive gives them."""
        data = self.members[name]
        return (data[at : at + 100] for at in range(0, len(data), 100))


def walked(members: dict[str, bytes], manifest: Manifest) -> Walked:
    """What the walk finds."""
    held: Archive = Held(members)  # type: ignore[assignment]
    return walk(held, manifest)


def bundle(first: int = 4, end: int = 12, **asked: Any) -> tuple[Forger, Manifest]:
    """Members and manifest of a bundle; the period is one entry shorter on either side unless it is given."""
    forger = Forger(LOG.make(first, end, **{"since": first + 1, "until": end - 1, **asked}).data)
    return forger, parse_manifest(forger.members["manifest.json"])


def fault(forger: Forger, manifest: Manifest) -> tuple[str, str]:
    """What the walk stops at."""
    with pytest.raises(AffidavitError) as caught:
        walked(forger.members, manifest)
    return caught.value.code, caught.value.message


def test_everything_is_found_in_one_pass() -> None:
    """Leaves, counts, the last entry, the digest of the table."""
    forger, manifest = bundle()
    found = walked(forger.members, manifest)
    assert b"".join(found.leaves) == LOG.leaves[4 * 32 : 12 * 32]
    assert found.table.hexdigest() == sha256(forger.members["records.csv"]).hexdigest()
    assert found.tally.stated() == manifest.stated
    assert found.last is not None
    assert found.last.seq == 11


@pytest.mark.parametrize("ahead", [0, 1])
def test_what_stands_first_is_told_although_more_was_unpacked_by_then(ahead: int) -> None:
    """A record that is changed, or a piece that does not unpack; one piece is unpacked before it is looked at."""
    forger, manifest = bundle()
    first, second, *_ = forger.records()
    changed = first + second[:-2] + b"?" + second[-1:]
    last = (len(changed) - 1) // 100
    taken: list[int] = []

    class Broken(Held):
        def chunks(self, name: str) -> Iterator[bytes]:
            for at, piece in enumerate(super().chunks(name)):
                if name == "records.bin":
                    taken.append(at)
                    if at == last + ahead:
                        raise BundleError("it does not unpack", code="bundle-archive")
                yield piece

    forger.members["records.bin"] = changed + forger.members["records.bin"][len(changed) :]
    held: Archive = Broken(forger.members)  # type: ignore[assignment]
    with pytest.raises(AffidavitError) as caught:
        walk(held, manifest)
    assert caught.value.code == ("body-differs" if ahead else "bundle-archive")
    assert taken[-1] <= last + 1


def cut(forger: Forger, first: int, end: int) -> None:
    """Leave only so many of the entries."""
    forger.members["entries.ndjson"] = b"".join(forger.lines("entries.ndjson")[first:end])


def test_entries_behind_the_stated_range_are_found() -> None:
    """The first that is one too many."""
    forger, manifest = bundle()
    code, said = fault(forger, replace(manifest, end=11))
    assert (code, said) == ("entry-inserted", "entry 11 lies behind the stated range")


def test_entries_that_are_missing_at_the_end_are_found() -> None:
    """One, some, all; an empty log has none, and nothing is missing of it."""
    for count, said in ((7, "the entries end before 11, of 12"), (1, "the entries end before 5, of 12")):
        forger, manifest = bundle()
        cut(forger, 0, count)
        assert fault(forger, replace(manifest, query="x")) == ("entry-dropped", said)
    for first in (0, 4):
        forger, manifest = bundle(first)
        forger.members |= {"entries.ndjson": b"", "records.bin": b""}
        one = replace(manifest, end=first + 1)
        assert fault(forger, one) == ("entry-dropped", f"the entries end before {first}, of {first + 1}")
        assert walked(forger.members, replace(manifest, end=first)).leaves == []


@pytest.mark.parametrize(("first", "end"), [(4, 12), (1, 12), (0, 12), (4, 20), (0, 20)])
def test_a_period_that_is_not_closed_is_found(first: int, end: int) -> None:
    """Its first and last entry lie outside of it, unless the log itself begins or ends there."""
    wide = {"since": first - 1, "until": end + 1}
    if (first, end) == (0, 20):
        forger, manifest = bundle(first, end, **wide)
        assert len(walked(forger.members, manifest).leaves) == 20
        return
    forger, manifest = bundle(first, end, **wide)
    code, said = fault(forger, manifest)
    assert code == "period-open"
    assert said == (
        f"no entry before {first} shows where the period begins"
        if first
        else f"no entry behind {end - 1} shows where the period ends"
    )


def test_a_period_open_at_its_end_alone_is_found() -> None:
    """As when the last entry was cut off."""
    forger, manifest = bundle(4, 12, until=13)
    assert fault(forger, manifest) == ("period-open", "no entry behind 11 shows where the period ends")


def test_a_row_outside_of_the_period_is_found() -> None:
    """Its content may be true all the same: it was not asked for."""
    forger, manifest = bundle()
    narrower = replace(manifest, since_us=T0_US + 6_000_000)
    assert fault(forger, narrower) == ("row-outside", "record 5 lies outside of the period")


@pytest.mark.parametrize("query", ["", " \n", "actor:x"])
def test_a_row_that_is_missing_is_found_where_everything_was_asked_for(query: str) -> None:
    """A query of blanks asks for everything too; with another nobody can say."""
    forger, manifest = bundle()
    forger.set_records(forger.records()[:2] + forger.records()[3:])
    if query.strip():
        assert walked(forger.members, replace(manifest, query=query)).tally.matching == 5
    else:
        code, said = fault(forger, replace(manifest, query=query))
        assert (code, said[:27]) == ("row-dropped", "entry 7 lies in the period,")


def test_rows_out_of_order_are_found() -> None:
    """One twice, two exchanged, one that has no entry."""
    for order, code, said in (
        ([0, 0, 1, 2, 3, 4, 5], "row-order", "record 5 stands behind record 5"),
        ([0, 2, 1, 3, 4, 5], "row-order", "record 6 stands behind record 7"),
    ):
        forger, manifest = bundle()
        records = forger.records()
        forger.set_records([records[at] for at in order])
        assert fault(forger, replace(manifest, query="x")) == (code, said)
    forger, manifest = bundle()
    records = forger.records()
    forger.set_records([*records, b"12" + records[0][1:]])
    assert fault(forger, manifest) == ("row-order", "record 12 has no entry left, or stands out of its order")
    forger.set_records([b"3" + records[0][1:], *records])
    assert fault(forger, replace(manifest, query="x"))[1].startswith("record 3 has no entry left")


def test_the_first_record_of_the_log_can_be_asked_for() -> None:
    """Index 0 is one like the others."""
    forger, manifest = bundle(0, 12, since=0)
    assert walked(forger.members, manifest).tally.matching == 11


def test_a_part_that_was_not_to_be_shown_is_found() -> None:
    """By its name; all others may be shown."""
    forger, manifest = bundle()
    for name in NAMES:
        others = tuple(each for each in NAMES if each != name)
        code, said = fault(forger, replace(manifest, disclosed=others))
        assert (code, said) == (
            "disclosure-differs",
            f"record 5 shows {name}, which the manifest does not name",
        )


def digests_of(parts: Iterable[Part]) -> list[bytes]:
    """Of parts that are all shown."""
    shown = [part for part in parts if isinstance(part, Shown)]
    return [part_digest(name, part.salt, part.data) for name, part in zip(NAMES, shown, strict=True)]


def test_parts_have_to_make_the_body() -> None:
    """Another byte, another salt, another digest; and facts, which everybody can hash, have no salt."""
    forger, _ = bundle()
    record = next(iter(decode_records([forger.members["records.bin"]])))
    entry = parse_entry(forger.lines("entries.ndjson")[1][:-1])
    check_record(record, entry, NAMES)
    digests = tuple(Withheld(digest) for digest in digests_of(record.parts))
    check_record(record._replace(parts=digests), entry, ())
    for at, part in enumerate(record.parts):
        assert isinstance(part, Shown)
        for other in (
            Shown(part.salt, part.data + b" "),
            Shown(bytes([part.salt[0] ^ 1]) + part.salt[1:], part.data),
            Withheld(bytes(32)),
        ):
            parts = (*record.parts[:at], other, *record.parts[at + 1 :])
            with pytest.raises(VerificationError) as caught:
                check_record(record._replace(parts=parts), entry, NAMES)
            assert caught.value.code == "body-differs"


def test_a_record_has_its_five_parts() -> None:
    """One with fewer is no record at all."""
    forger, _ = bundle()
    record = next(iter(decode_records([forger.members["records.bin"]])))
    entry = parse_entry(forger.lines("entries.ndjson")[1][:-1])
    with pytest.raises(ValueError, match="shorter"):
        check_record(record._replace(parts=record.parts[:4]), entry, NAMES)


def test_salted_facts_are_refused_although_they_make_the_body() -> None:
    """A salt would let a sealer keep several facts for one digest ready."""
    forger, _ = bundle()
    record = next(iter(decode_records([forger.members["records.bin"]])))
    entry = parse_entry(forger.lines("entries.ndjson")[1][:-1])
    parts = list(record.parts)
    parts[2] = Shown(b"s" * 16, b"{}")
    salted = record._replace(parts=tuple(parts))
    body = body_of(digests_of(parts)).hex()
    with pytest.raises(VerificationError, match="the facts of record 5 have a salt"):
        check_record(salted, entry._replace(body=body), NAMES)


def test_lines_end_and_are_not_endless() -> None:
    """However they come in pieces; what is longer than any entry is not waited for."""
    assert list(lines([b"a", b"b\n\nc", b"\n"])) == [b"ab", b"", b"c"]
    assert list(lines([])) == []
    with pytest.raises(BundleError) as caught:
        list(lines([b"a\nb"]))
    assert caught.value.code == "lines-format"

    def pieces(length: int) -> Iterator[bytes]:
        yield b"\n" + b"x" * length
        raise AssertionError

    with pytest.raises(BundleError):
        list(lines(pieces(65_536)))
    with pytest.raises(AssertionError):
        list(lines(pieces(65_535)))
