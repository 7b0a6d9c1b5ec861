"""What is acknowledged can be read back, once, in order; batches share a sync; a batch is whole or absent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.simulators.spooling import PATIENCE_S, SpoolRig, answer, chunk, drained

from affidavit.core.errors import OverloadedError, StorageError
from affidavit.core.ids import new_uuid7
from affidavit.intake import segment_format
from affidavit.intake import spool as spool_module
from affidavit.intake.frames import Quarantined, decode, encode
from affidavit.intake.spool import Position, segment_name, segment_number
from affidavit.storage.local_journal import LocalJournals
from affidavit.storage.memory import MemoryJournals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.storage.memory import MemoryJournalFile


@pytest.fixture(params=["memory", "local"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SpoolRig]:
    """A running spool over each kind of journals."""
    made = SpoolRig(MemoryJournals() if request.param == "memory" else LocalJournals(tmp_path))
    made.start()
    yield made
    made.stop()


class SlowJournals(MemoryJournals):
    """Counts syncs, each of which takes as long as on a disk."""

    syncs = 0

    def open(self, name: str) -> MemoryJournalFile:
        """A file that counts."""
        file = super().open(name)
        sync = file.sync

        def counted() -> int:
            import time

            self.syncs += 1
            time.sleep(0.005)
            return sync()

        file.sync = counted  # type: ignore[method-assign]
        return file


def test_what_is_committed_is_read_back(rig: SpoolRig) -> None:
    """Every part, salt and refused line comes out of the spool as it went in."""
    refused = Quarantined(id="q", line=3, byte=7, code="not-json", reason="why", data=b"\xff\n{")
    sent = chunk(3, quarantine=(refused,))
    assert rig.spool is not None
    receipt = answer(rig.spool.commit(sent))
    (found,) = rig.chunks()
    for name in ("ids", "salts", "classes", "parts", "lengths", "quarantine", "source", "mapper", "receipt"):
        assert getattr(found, name) == getattr(sent, name)
    assert (receipt.batch, receipt.accepted, receipt.quarantined) == (sent.batch, 3, 1)
    assert (receipt.first_seq, receipt.last_seq) == (0, 2)


def test_nothing_readable_lies_in_the_spool(tmp_path: Path) -> None:
    """The bytes on the disk do not show what was sent."""
    rig = SpoolRig(LocalJournals(tmp_path))
    rig.start()
    assert rig.spool is not None
    answer(rig.spool.commit(chunk(padding=b"alice@example.com")))
    rig.stop()
    assert not any(b"alice" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_tail_follows(rig: SpoolRig) -> None:
    """What is committed after a reader caught up is its next chunk; nothing is read twice."""
    tail = rig.tail()
    assert tail.read(most_records=10) == []
    for number in range(3):
        receipt = rig.put()
        assert [one.batch for one in tail.read(most_records=10)] == [receipt.batch], number
        assert tail.read(most_records=10) == []


def test_a_tail_takes_about_as_much_as_asked(rig: SpoolRig) -> None:
    """Chunks are handed out until the wanted number of records is reached, never split."""
    for _ in range(5):
        rig.put(records=4)
    tail = rig.tail()
    assert [len(tail.read(most_records=6)) for _ in range(4)] == [2, 2, 1, 0]


def test_refused_lines_and_long_records_count_as_well(rig: SpoolRig) -> None:
    """A spool full of garbage, or of long events, is handed out in portions like any other."""
    assert rig.spool is not None
    refused = tuple(
        Quarantined(id=str(at), line=at, byte=0, code="not-json", reason="why", data=b"{") for at in range(4)
    )
    long = Quarantined(id="long", line=1, byte=0, code="not-json", reason="why", data=bytes(16 * 1024))
    for made in (
        *(chunk(0, quarantine=refused) for _ in range(4)),
        *(chunk(1, padding=b" " * 16 * 1024) for _ in range(4)),
        *(chunk(0, quarantine=(long,)) for _ in range(4)),
    ):
        answer(rig.spool.commit(made))
    tail = rig.tail()
    assert [len(tail.read(most_records=6)) for _ in range(7)] == [2, 2, 2, 2, 2, 2, 0]


def test_a_tail_goes_on_where_another_ended(rig: SpoolRig) -> None:
    """A position handed to a new reader, as after a restart, gives what comes behind it."""
    receipts = [rig.put(records=2) for _ in range(4)]
    first = rig.tail()
    first.read(most_records=3)
    rig.sealed = first.position
    assert rig.batches() == [one.batch for one in receipts[2:]]


def test_seqs_count_each_source_for_itself(rig: SpoolRig) -> None:
    """A source's records are numbered from 0 without a hole, whatever comes in between."""
    seqs: dict[str, list[int]] = {"a": [], "b": []}
    for source, records in [("a", 2), ("b", 3), ("a", 1), ("b", 0), ("b", 2)]:
        receipt = rig.put(records=records, source=source)
        if not records:
            assert receipt.first_seq is None
            continue
        assert receipt.first_seq is not None
        assert receipt.last_seq is not None
        seqs[source] += range(receipt.first_seq, receipt.last_seq + 1)
    assert seqs == {"a": list(range(3)), "b": list(range(5))}


def test_seqs_go_on_over_restarts(rig: SpoolRig) -> None:
    """A restart gives no seq twice and leaves none out, whether the records before it are sealed or not."""
    seen: list[int] = []
    for round_ in range(4):
        receipt = rig.put(records=3)
        assert receipt.first_seq is not None
        seen.append(receipt.first_seq)
        if round_ == 1:  # sealed up to here
            tail = rig.tail()
            drained(tail)
            rig.sealed = tail.position
            rig.sealed_seqs = {("default", "okta"): 6}
        rig.stop()
        rig.start()
    assert seen == [0, 3, 6, 9]


def test_batches_share_a_sync() -> None:
    """Many senders at once cost far fewer syncs than batches, and each gets its own receipt."""
    journals = SlowJournals()
    rig = SpoolRig(journals)
    rig.start()
    before = journals.syncs
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: rig.put(records=2), range(64)))
    rig.stop()
    assert journals.syncs - before < 40
    assert sorted(one.first_seq or 0 for one in receipts) == list(range(0, 128, 2))
    by_seq = sorted(receipts, key=lambda one: one.first_seq or 0)
    assert rig.batches() == [one.batch for one in by_seq]


def test_a_large_batch_joins_whole(rig: SpoolRig) -> None:
    """Nothing of a staged batch is seen before it is committed; then all of it is, between its neighbours."""
    assert rig.spool is not None
    before = rig.put(records=1)
    name = new_uuid7(0)
    staged = rig.spool.stage(name)
    for number in range(3):
        staged.add(chunk(2, batch=name, number=number, closing=False))
    between = rig.put(records=1)
    assert rig.batches() == [before.batch, between.batch]
    receipt = answer(rig.spool.commit(chunk(1, batch=name, number=3, total=7), staged))
    after = rig.put(records=1)
    assert rig.batches() == [before.batch, between.batch, name, after.batch]
    assert [one.count for one in rig.chunks() if one.batch == name] == [2, 2, 2, 1]
    assert [receipt.first_seq, receipt.last_seq, after.first_seq] == [2, 8, 9]


def test_an_abandoned_batch_leaves_nothing(rig: SpoolRig) -> None:
    """A batch that its sender broke off is gone at once."""
    assert rig.spool is not None
    staged = rig.spool.stage("b")
    staged.add(chunk(2, batch="b", closing=False))
    staged.abandon()
    assert [name for name in rig.journal.names() if segment_number(name) is None] == []
    assert rig.batches() == []


def test_a_batch_that_was_being_staged_vanishes_at_a_restart(rig: SpoolRig) -> None:
    """It was never acknowledged; its seqs are free."""
    assert rig.spool is not None
    rig.spool.stage("b").add(chunk(2, batch="b", closing=False))
    rig.stop()
    rig.start()
    assert all(segment_number(name) is not None for name in rig.journal.names())
    assert rig.put(records=1).first_seq == 0


def test_segments_are_closed_and_forgotten(rig: SpoolRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long spool is many segments; those wholly before a sealed position are deleted, the rest reads on."""
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 2000)
    receipts = [rig.put(records=3) for _ in range(20)]
    assert len(list(rig.journal.names())) > 3
    tail = rig.tail()
    tail.read(most_records=30)
    tail.forget(tail.position)
    names = [name for name in rig.journal.names() if segment_number(name) is not None]
    assert segment_number(names[0]) == tail.position.segment
    assert [one.batch for one in drained(tail)] == [one.batch for one in receipts[10:]]


def test_a_tail_sees_only_what_is_durable(rig: SpoolRig) -> None:
    """Bytes that are written but not synced may still vanish, so no reader gets them."""
    rig.put()
    durable = rig.mark.get()
    late = rig.put()
    rig.mark.set(durable)
    assert late.batch not in rig.batches()


def test_a_stopping_spool_refuses(rig: SpoolRig) -> None:
    """A batch that comes too late is refused, so that its sender keeps it."""
    spool = rig.spool
    assert spool is not None
    rig.stop()
    with pytest.raises(OverloadedError):
        answer(spool.commit(chunk()))


def test_what_waits_is_committed_before_the_end() -> None:
    """Closing answers everybody."""
    rig = SpoolRig(SlowJournals())
    spool = rig.start()
    futures = [spool.commit(chunk()) for _ in range(10)]
    rig.stop()
    assert [answer(one).first_seq for one in futures] == list(range(10))


def test_an_unexpected_failure_answers_everybody(rig: SpoolRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while committing, no sender waits for ever, and nothing is acknowledged."""

    def fail(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(segment_format, "encode", fail)
    with pytest.raises(StorageError, match="could not be made durable"):
        rig.put()
    with pytest.raises(StorageError):
        rig.put()


def test_a_stranger_reads_nothing(rig: SpoolRig) -> None:
    """Without the identity no segment opens."""
    from affidavit.formats.age.x25519 import X25519Identity
    from affidavit.intake.tail import Tail

    rig.put()
    tail = Tail(rig.journal, [X25519Identity.generate()], durable=rig.mark, start=rig.sealed)
    with pytest.raises(StorageError) as caught:
        tail.read(most_records=1)
    assert caught.value.code == "spool-corrupt"


def test_positions_survive_packing() -> None:
    """A position is one number in shared memory; order is kept."""
    positions = [Position(0, 0), Position(0, 2**40 - 1), Position(1, 0), Position(2**23, 5)]
    assert [Position.unpacked(one.packed()) for one in positions] == positions
    assert sorted(one.packed() for one in positions) == [one.packed() for one in positions]


@pytest.mark.parametrize("name", ["staged-1", "torn-000000000001.spool", "x.spool", "1.txt", ""])
def test_other_names_are_no_segments(name: str) -> None:
    """Only a number is a segment."""
    assert segment_number(name) is None
    assert segment_number(segment_name(12)) == 12


def test_a_quiet_spool_lets_go_of_its_segment(rig: SpoolRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sealed does not stay on disk until more comes in: the segment is closed, and what follows is whole."""
    monkeypatch.setattr(spool_module, "IDLE_S", 0.05)
    monkeypatch.setattr(spool_module, "_WORTH_BYTES", 1000)
    first = rig.put(records=40)
    tail = rig.tail()
    deadline_s = time.monotonic() + PATIENCE_S
    while Position.unpacked(rig.mark.get()).segment == 1 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert [one.batch for one in drained(tail)] == [first.batch]
    tail.forget(tail.position)
    assert [segment_number(name) for name in rig.journal.names()] == [tail.position.segment]
    second = rig.put()
    assert [one.batch for one in drained(tail)] == [second.batch]
    rig.sealed = tail.position
    rig.stop()
    rig.start()
    third = rig.put()
    assert [one.batch for one in rig.chunks()] == [third.batch]


def test_a_chunk_of_unequal_columns_is_refused() -> None:
    """Lengths that are not those of the parts, ids that are not those of the records: an error, not other records."""
    good = chunk(3)
    for change in (
        {"lengths": [1, 2]},
        {"lengths": [*good.lengths[:2], 0]},
        {"ids": b""},
        {"classes": [3002]},
    ):
        encoded = encode(msgspec.structs.replace(good, **change), synced_bytes=0)
        with pytest.raises(StorageError):
            decode(bytes(encoded))


@pytest.mark.parametrize(
    "data", [b"", b"\0", bytes(4), b"\0\0\0\x05abc", b"abc\xff\xff\xff\xff", b"\xc1\0\0\0\1"]
)
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    """Too short for its length, a length beyond the beginning, and what no MessagePack begins with."""
    with pytest.raises(StorageError) as refused:
        decode(data)
    assert refused.value.code == "spool-chunk"


def test_a_segment_of_another_version_is_told_apart(rig: SpoolRig) -> None:
    """Whoever brings the program up to date too early hears what to do, and not that something was changed."""
    rig.put()
    rig.stop()
    name = next(iter(rig.journal.names()))
    segment = rig.journal.read(name)
    other = segment.replace(segment_format.MAGIC, b"affidavit/spool/v1\n", 1)
    with pytest.raises(StorageError) as refused:
        segment_format.header_bytes(other)
    assert refused.value.code == "spool-version"
    assert "wrote it" in str(refused.value.hint)
