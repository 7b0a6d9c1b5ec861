"""What is appended is stored as it is, encrypted, and found again by index."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record.columns import derive
from affidavit.lake.writing import US_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulators.listed import Listed

    from affidavit.lake.lake import Lake
    from affidavit.storage.local import LocalStore

PARTS = ("facts", "actor", "target", "detail", "raw")


def check(lake: Lake, segment: Listed) -> None:
    """Every field of every record of the segment is in the lake."""
    rows = lake.rows(segment.first_index, segment.first_index + len(segment))
    assert [row.index for row in rows] == [segment.first_index + at for at in range(len(segment))]
    for at, row in enumerate(rows):
        assert row.record == segment.records[at]
        assert row.salt == segment.salts[at]
        assert (row.kind, row.source, row.class_uid, row.mapper, row.seq, row.batch) == (
            segment.kinds[at],
            segment.sources[at],
            segment.classes[at],
            segment.mappers[at],
            segment.seqs[at],
            segment.batches[at],
        )
        assert (row.received_us, row.sealed_us) == (segment.received_us[at], segment.sealed_us)
        assert row.time_us == json.loads(segment.facts[at])["time"] * 1000
        for part in PARTS:
            assert getattr(row, part) == getattr(segment, part)[at]


def test_records_come_back_as_they_were_sealed(lake: Lake, records: Any) -> None:
    """All parts byte for byte, absent ones empty, ids, salts, times and order."""
    segments = [records.segment(0, 40), records.segment(40, 1), records.segment(41, 25)]
    for segment in segments:
        lake.append(segment)
    for segment in segments:
        check(lake, segment)
    assert lake.snapshot().rows == 66
    assert lake.rows(66, 99) == []


def test_another_process_sees_them_at_once(open_lake: Callable[..., Lake], records: Any) -> None:
    """A lake opened elsewhere, before or after, reads what was appended."""
    early, writer = open_lake(), open_lake()
    assert early.snapshot().rows == 0
    segment = records.segment(0, 10)
    writer.append(segment)
    check(early, segment)
    check(open_lake(), segment)


def test_an_empty_segment_changes_nothing(lake: Lake, records: Any) -> None:
    """Nothing sealed, nothing committed."""
    before = lake.snapshot().location
    lake.append(records.segment(0, 0))
    assert lake.snapshot().location == before


def test_nothing_is_stored_in_the_clear(lake: Lake, records: Any, store: LocalStore) -> None:
    """Every file, the table's metadata included, is an age file."""
    lake.append(records.segment(0, 30))
    names = list(store.names("lake/"))
    assert len(names) >= 5
    for name in names:
        data = store.read(name)
        assert data.startswith(b"age-encryption.org/v1\n-> X25519 "), name
        assert b"alice" not in data
        assert b"PAR1" not in data


def test_a_segment_over_midnight_lies_in_two_days(lake: Lake, records: Any) -> None:
    """The table is partitioned by the UTC day of receipt."""
    segment = records.segment(0, 20)
    midnight = (segment.received_us[0] // US_PER_DAY + 1) * US_PER_DAY
    segment = replace(segment, received_us=[midnight - 10 + at for at in range(20)])
    lake.append(segment)
    days = sorted((file.day, file.rows) for file in lake.snapshot().files)
    assert days == [(midnight // US_PER_DAY - 1, 10), (midnight // US_PER_DAY, 10)]
    check(lake, segment)


def test_read_for_verification_gives_everything(lake: Lake, records: Any) -> None:
    """The blocks of all files hold each record once, with the query columns that its parts derive."""
    segments = [records.segment(0, 30), records.segment(30, 30)]
    for segment in segments:
        lake.append(segment)
    for compacted in (False, True):
        if compacted:
            assert lake.compact(min_files=2) == 2
        blocks = [block for file in lake.snapshot().files for block in lake.read_file(file)]
        assert sorted(index for block in blocks for index in block.index) == list(range(60))
        for block in blocks:
            derived = list(map(derive, block.facts, block.actor, block.target))
            assert block.columns == derived
            sealed = block.sealed
            stored = sealed.apart()
            for at, index in enumerate(block.index):
                segment = segments[index // 30]
                for part in PARTS:
                    assert stored[part][at] == getattr(segment, part)[index % 30]
                assert bytes(memoryview(sealed.salts)[16 * at : 16 * at + 16]) == segment.salts[index % 30]
                assert bytes(memoryview(sealed.ids)[16 * at : 16 * at + 16]) == segment.records[index % 30]


@pytest.mark.parametrize(
    "change",
    [
        {"raw": [b"\xff\xfe"]},
        {"facts": [b'{"a":\n1}']},
        {"salts": [b"short"]},
        {"records": [b""]},
        {"classes": [1]},
        {"seqs": [2**63]},
        {"seqs": ["x"]},
        {"sources": [7]},
    ],
)
def test_what_does_not_fit_is_refused(lake: Lake, records: Any, change: dict[str, Any]) -> None:
    """RecordError, and the table is as it was."""
    with pytest.raises(RecordError):
        lake.append(replace(records.segment(0, 1), **change))
    assert lake.snapshot().rows == 0


@pytest.mark.parametrize("name", ["actor", "target", "detail", "facts"])
def test_a_line_feed_in_a_part_is_refused(lake: Lake, records: Any, name: str) -> None:
    """Stored parts are divided by line feeds, which only an original may hold."""
    segment = records.segment(0, 3)
    parts = {name: [*getattr(segment, name)[:2], b'{\n"a":1}']}
    with pytest.raises(RecordError, match="line feed"):
        lake.append(replace(segment, **parts))
    assert lake.snapshot().files == []


def test_originals_may_hold_anything(lake: Lake, records: Any) -> None:
    """Line feeds at either end or alone, no bytes at all: each part comes back as it was."""
    segment = records.segment(0, 5)
    raw = [b"\n", b"", b"\n\n{}\n", b"{\n}", b"plain"]
    lake.append(replace(segment, raw=raw))
    rows = lake.rows(0, 5)
    assert [row.raw for row in rows] == raw
    assert [(row.facts, row.actor, row.target, row.detail) for row in rows] == list(
        zip(segment.facts, segment.actor, segment.target, segment.detail, strict=True)
    )
