"""Compaction, orphan removal and short metadata: nothing is lost, whoever else works on the lake or is killed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from affidavit.core.errors import AffidavitError, StorageError
from affidavit.lake import compaction
from affidavit.lake.commit import KEPT_SNAPSHOTS
from affidavit.lake.predicate import Matches, Pattern
from affidavit.lake.select import Selection
from affidavit.lake.snapshot import StoredFile
from affidavit.lake.writing import US_PER_DAY
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from affidavit.lake.lake import Lake

HOUR_US = 3_600_000_000


def test_compaction_changes_no_record(lake: Lake, records: Any) -> None:
    """The same records in one file, ordered by actor, action and time."""
    for first in range(0, 200, 20):
        lake.append(records.segment(first, 20))
    before = lake.rows(0, 200)
    assert lake.compact(min_files=11) == 0
    assert lake.compact(min_files=10) == 10
    assert lake.rows(0, 200) == before
    (file,) = lake.snapshot().files
    assert (file.rows, file.min_index, file.max_index, file.is_sorted) == (200, 0, 199, True)
    stored = [
        (columns.actors, columns.action, columns.time_ms, index)
        for block in lake.read_file(file)
        for columns, index in zip(block.columns, block.index, strict=True)
    ]
    assert stored == sorted(stored)
    assert lake.compact(min_files=2) == 0


def test_row_groups_and_pieces_do_not_show(lake: Lake, records: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are dealt out in small batches to small row groups and still are all there, in order."""
    monkeypatch.setattr(compaction, "_BATCH_BYTES", 32 * 500)
    for first in range(0, 300, 100):
        lake.append(records.segment(first, 100))
    before = lake.rows(0, 300)
    assert lake.compact(min_files=2) == 3
    assert lake.rows(0, 300) == before
    selection = Selection(predicate=Matches("actor", Pattern(("bob",))))
    found = lake.select(selection, limit=999).rows
    assert found
    assert found == list(lake.stream(selection))


def files(*rows: int, day: int = 9) -> list[StoredFile]:
    """Files of these sizes, not in any lake."""
    return [
        StoredFile(
            name=f"{day}-{at}",
            rows=count,
            size_bytes=count * 150,
            day=day,
            is_sorted=False,
            min_index=at,
            max_index=at,
            min_time_us=0,
            max_time_us=0,
            max_received_us=0,
        )
        for at, count in enumerate(rows)
    ]


def test_what_is_due() -> None:
    """Like with like, days apart, a day gone by without remainder, large files never again."""

    def due(*given: StoredFile) -> list[int]:
        return [len(group) for group in compaction.due(given, min_files=4, now_us=0)]

    assert due() == []
    assert due(*files(10, 10, 10)) == []
    assert due(*files(10, 10, 10, 10)) == [4]
    assert due(*files(10, 10, 10, 9000)) == []
    assert due(*files(10, 10, 10, 10, 9000, 9000, 9000, 9000)) == [4, 4]
    assert due(*files(10, 10, 10, day=8), *files(10, 9000, day=9)) == [3]
    assert due(*files(10, day=8), *files(10, day=9)) == []
    large = compaction.TARGET_ROWS
    assert due(*files(large, large, large, large)) == []
    assert due(*files(large // 3, large // 3, large // 3)) == [3]
    assert sum(due(*files(*[large // 10] * 30))) <= 30


def test_what_is_due_while_nothing_comes_in() -> None:
    """Two of like size, and what was never sorted; then there is nothing left to do."""

    def due(*given: StoredFile) -> list[int]:
        groups = compaction.due(given, min_files=4, now_us=compaction.REST_US)
        return [sum(file.rows for file in group) for group in groups]

    assert due() == []
    assert due(*files(10, 10, 9000, 9000, 100)) == [20, 18000]
    assert due(*files(5000)) == [5000]
    assert due(*files(10)) == []
    assert due(*(replace(file, is_sorted=True) for file in files(5000, 10))) == []


def test_each_row_is_rewritten_few_times() -> None:
    """A trickle of small segments all day: the work stays near n log n, and the files stay few."""
    present = []
    rewritten = 0
    for number in range(3000):
        present += files(1)
        for group in compaction.due(present, min_files=16, now_us=0):
            rewritten += len(group) and sum(file.rows for file in group)
            present = [file for file in present if not any(file is one for one in group)]
            present += files(sum(file.rows for file in group))
        assert len(present) < 80, number
    assert sum(file.rows for file in present) == 3000
    assert rewritten < 5 * 3000


def test_the_metadata_stays_short(lake: Lake, records: Any, store: LocalStore) -> None:
    """However many commits there were, few snapshots, manifests and metadata files remain."""
    for first in range(60):
        lake.append(records.segment(first, 1))
    lake.remove_orphans(grace_s=0)
    snapshot = lake.snapshot()
    assert snapshot.rows == 60
    assert len(snapshot.manifests) <= 20
    table = lake._catalog.table(lake._tenant)
    assert len(table.metadata.snapshots) <= KEPT_SNAPSHOTS
    assert len(table.metadata.metadata_log) <= 10
    names = [name for name in store.names("lake/") if name.endswith((".json", ".avro"))]
    assert len(names) < 60


def test_orphans_wait_for_their_grace(
    open_lake: Callable[..., Lake], records: Any, store: LocalStore, clock: Any
) -> None:
    """A replaced file stays readable for a reader of the older snapshot until the grace is over."""
    writer, reader, keeper = open_lake(), open_lake(), open_lake()
    for first in range(0, 80, 20):
        writer.append(records.segment(first, 20))
    old = reader.snapshot()
    assert keeper.compact(min_files=2) == 4
    for first in range(80, 80 + KEPT_SNAPSHOTS):
        writer.append(records.segment(first, 1))
    assert keeper.remove_orphans(grace_s=3600) == 0
    clock.now += HOUR_US - 1_000_000
    assert keeper.remove_orphans(grace_s=3600) == 0
    assert sum(len(block) for file in old.files for block in reader.read_file(file)) == 80
    clock.now += 2_000_000
    assert keeper.remove_orphans(grace_s=3600) >= 4
    assert not {file.name for file in old.files} & set(store.names("lake/"))
    assert len(reader.rows(0, 200)) == 80 + KEPT_SNAPSHOTS
    with pytest.raises(StorageError, match="missing"):
        [list(open_lake().read_file(file)) for file in old.files]


def test_a_new_file_is_no_orphan(lake: Lake, store: LocalStore, clock: Any, records: Any) -> None:
    """What never was in the table may be on its way into it: it is removed after an hour, not after the grace."""
    lake.append(records.segment(0, 5))
    store.put("lake/default/data/received_day=1/unfinished.parquet", b"half")
    assert lake.remove_orphans(grace_s=60) == 0
    clock.now += 61_000_000
    lake.remove_orphans(grace_s=60)
    assert "lake/default/data/received_day=1/unfinished.parquet" in set(store.names("lake/"))
    clock.now += 3_600_000_000
    assert lake.remove_orphans(grace_s=60) >= 1
    assert "lake/default/data/received_day=1/unfinished.parquet" not in set(store.names("lake/"))
    assert len(lake.rows(0, 9)) == 5


class Dying(LocalStore):
    """A store that fails at the n-th write, before or after it is durable, and at every later one."""

    def __init__(self, root: Path, *, at: int, persisted: bool) -> None:
        super().__init__(root)
        self._left = at
        self._persisted = persisted

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Fails when its time has come."""
        self._left -= 1
        if self._left > 0:
            super().put_many(items)
        elif self._left == 0 and self._persisted:
            super().put_many(items)
            raise StorageError("died after the write")
        else:
            raise StorageError("died before the write")


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("doing", ["append", "compact", "truncate"])
def test_killed_at_any_write(
    open_lake: Callable[..., Lake], tmp_path: Path, records: Any, doing: str, at: int, *, persisted: bool
) -> None:
    """The table is as it was or as it should become; a second try and orphan removal leave no trace."""
    lake = open_lake()
    for first in range(0, 60, 20):
        lake.append(records.segment(first, 20))
    before = lake.rows(0, 99)
    more = records.segment(60, 20)
    faulty = open_lake(Dying(tmp_path / "store", at=at, persisted=persisted))
    work: dict[str, Callable[[Lake], object]] = {
        "append": lambda lake: lake.append(more),
        "compact": lambda lake: lake.compact(min_files=2),
        "truncate": lambda lake: lake.truncate(50),
    }
    with pytest.raises(StorageError, match="died"):
        work[doing](faulty)
    after = open_lake()
    assert after.rows(0, 99) == before
    work[doing](after)
    expected = {"append": 80, "compact": 60, "truncate": 50}[doing]
    after.remove_orphans(grace_s=0)
    assert [row.index for row in open_lake().rows(0, 99)] == list(range(expected))


def test_everybody_at_once(open_lake: Callable[..., Lake], records: Any) -> None:
    """An appender, a compactor and readers race; nobody fails and nothing is lost or doubled."""
    segments = [records.segment(first, 10) for first in range(0, 240, 10)]
    writer, keeper, reader = open_lake(), open_lake(), open_lake()
    writer.append(segments[0])
    done = False

    def upkeep() -> int:
        replaced = 0
        while not done:
            replaced += keeper.compact(min_files=3)
            keeper.remove_orphans(grace_s=50e-6)
        return replaced

    def read() -> int:
        asked = 0
        while not done:
            rows = reader.rows(0, 999)
            assert [row.index for row in rows] == list(range(len(rows)))
            asked += 1
        return asked

    with ThreadPoolExecutor(2) as pool:
        upkept, asked = pool.submit(upkeep), pool.submit(read)
        try:
            for segment in segments[1:]:
                writer.append(segment)
        finally:
            done = True
        assert upkept.result() > 0
        assert asked.result() > 0
    assert [row.index for row in open_lake().rows(0, 999)] == list(range(240))
    assert open_lake().snapshot().rows == 240


def test_a_compaction_overtaken_by_a_truncation_is_dropped(
    open_lake: Callable[..., Lake], records: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was cut off does not come back with the merged file."""
    writer, keeper = open_lake(), open_lake()
    for first in range(0, 60, 20):
        writer.append(records.segment(first, 20))
    merge = compaction.merge

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        merged = merge(*args, **kwargs)
        writer.truncate(30)
        return merged

    monkeypatch.setattr(compaction, "merge", overtaken)
    assert keeper.compact(min_files=2) == 0
    assert [row.index for row in keeper.rows(0, 99)] == list(range(30))


def test_the_catalog_tells_its_own_failures(
    open_lake: Callable[..., Lake], tmp_path: Path, records: Any
) -> None:
    """A state database that is no database is a StorageError."""
    lake = open_lake()
    lake.append(records.segment(0, 5))
    lake.close()
    for path in tmp_path.glob("state.db*"):
        path.write_bytes(b"no database at all" * 100)
    with pytest.raises(AffidavitError):
        open_lake().snapshot()


def test_iceberg_prunes_by_the_bounds(lake: Lake, records: Any) -> None:
    """Another Iceberg engine plans from the same metadata: partitions and bounds let it skip files."""
    lake.append(records.segment(0, 20))
    lake.append(records.segment(20, 20, received_us=3 * US_PER_DAY))
    table = lake._catalog.table(lake._tenant)
    planned = [
        len(list(table.scan(row_filter=wanted).plan_files())) for wanted in ("index >= 20", "index < 99")
    ]
    assert planned == [1, 2]
    day = table.scan(row_filter="received < '1970-01-05T00:00:00+00:00'").plan_files()
    assert [task.file.record_count for task in day] == [20]


def test_nothing_is_kept_of_a_table_at_rest(lake: Lake, store: LocalStore, clock: Any, records: Any) -> None:
    """While nothing comes in, old snapshots are forgotten too, so that what was replaced goes for good."""
    clock.now = time.time_ns() // 1000 + HOUR_US  # the table itself is made at the machine's time
    for first in range(0, 40, 10):
        lake.append(records.segment(first, 10))
    assert lake.compact(min_files=4) == 4
    for _ in range(3):
        lake.remove_orphans(grace_s=60)
        clock.now += 61_000_000
    lake.remove_orphans(grace_s=60)
    assert len([name for name in store.names("lake/") if name.endswith(".parquet")]) == 1
    assert [row.index for row in lake.rows(0, 99)] == list(range(40))
    lake.append(records.segment(40, 5))
    assert len(lake.rows(0, 99)) == 45
