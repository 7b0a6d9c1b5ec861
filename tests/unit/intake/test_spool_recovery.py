"""After a crash: a torn end is cut off and kept, damage to what was durable is an error, nothing is lost."""

from __future__ import annotations

import struct
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulators.power_cut import PowerCutJournals
from tests.simulators.spooling import IDENTITY, SpoolRig, answer, chunk

from affidavit.core.errors import AffidavitError, StorageError
from affidavit.intake.recovery import check_spool
from affidavit.intake.segment_format import FrameWriter
from affidavit.intake.spool import BEGINNING, Position, segment_name
from affidavit.storage.mark import LocalMark
from affidavit.storage.memory import MemoryJournals

if TYPE_CHECKING:
    from collections.abc import Callable

LAST = segment_name(1)
FRAME_LENGTH = struct.Struct(">I")


def _filled(*, batches: int = 5, segments: int = 1) -> tuple[SpoolRig, list[str]]:
    """A spool whose writer has stopped, and its batches."""
    rig = SpoolRig(MemoryJournals())
    names = []
    for _ in range(segments):
        rig.start()
        names += [rig.put(records=2).batch for _ in range(batches)]
        rig.stop()
    return rig, names


def _rewrite(rig: SpoolRig, name: str, change: Callable[[bytearray], None]) -> None:
    data = bytearray(rig.journal.read(name))
    change(data)
    rig.journal.delete(name)
    file = rig.journal.open(name)
    file.append(bytes(data))
    file.close()


def _frames(data: bytes) -> list[int]:
    """Where each frame of a segment begins, and the end."""
    at = len(FrameWriter(IDENTITY.recipient).header)
    starts = [at]
    while at < len(data):
        at += 4 + FRAME_LENGTH.unpack_from(data, at)[0]
        starts.append(at)
    return starts


def _powerless(rig: SpoolRig) -> None:
    """The mark did not reach the disk before the power went."""
    rig.mark = LocalMark()


def _torn(rig: SpoolRig) -> list[str]:
    return [name for name in rig.journal.names() if name.startswith("torn-")]


def _unacknowledged(rig: SpoolRig, ending: bytes) -> None:
    """Bytes that were on their way to the disk when the machine stopped."""
    file = rig.journal.open(LAST)
    file.append(ending)
    file.close()


GARBAGE = {
    "half-a-length": b"\0\0",
    "a-length-only": b"\0\0\1\0",
    "half-a-frame": b"\0\0\1\0" + b"x" * 100,
    "a-frame-of-zeros": b"\0\0\0\x40" + bytes(64),
    "zeros": bytes(4096),
    "a-whole-frame-that-does-not-open": b"\0\0\0\x40" + b"y" * 64,
    "several-frames-that-do-not-open": (b"\0\0\0\x40" + b"y" * 64) * 3,
    "a-huge-length": b"\xff" * 50,
}


@pytest.mark.parametrize("mark", ["exact", "lost"])
@pytest.mark.parametrize("case", GARBAGE)
def test_a_torn_end_is_cut_off_and_kept(case: str, mark: str) -> None:
    """Whatever the disk shows behind the last durable frame, every acknowledged batch is there, and it is kept."""
    rig, names = _filled()
    _unacknowledged(rig, GARBAGE[case])
    whole = rig.journal.read(LAST)
    if mark == "lost":
        _powerless(rig)
    rig.start()
    assert rig.recovered is not None
    assert rig.recovered.torn == f"torn-{LAST}"
    assert rig.journal.read(f"torn-{LAST}") == whole
    assert rig.batches() == names
    assert rig.put().first_seq == 10
    rig.stop()
    rig.start()
    assert len(rig.batches()) == 6
    rig.stop()


def test_a_torn_end_is_kept_once() -> None:
    """A crash while the torn end is being kept leaves the same copy after the next start."""
    rig, names = _filled()
    _unacknowledged(rig, b"\0\0")
    whole = rig.journal.read(LAST)
    half = rig.journal.open(f"torn-{LAST}")
    half.append(whole[:50])
    half.close()
    rig.start()
    assert rig.journal.read(f"torn-{LAST}") == whole
    assert rig.batches() == names
    rig.stop()


@pytest.mark.parametrize("size", [0, 1, 19, 20, 21, 100])
def test_a_segment_that_was_just_begun_is_torn(size: int) -> None:
    """A power cut within a header leaves no segment behind, and the next one takes its number."""
    rig, names = _filled()
    file = rig.journal.open(segment_name(2))
    file.append(FrameWriter(IDENTITY.recipient).header[:size])
    file.close()
    rig.start()
    assert rig.batches() == names
    rig.put()
    rig.stop()
    rig.start()
    assert len(rig.batches()) == 6
    rig.stop()


CHANGES: dict[str, Callable[[bytearray, list[int]], None]] = {
    "flipped-bit-in-the-first-frame": lambda data, at: data.__setitem__(at[0] + 20, data[at[0] + 20] ^ 1),
    "flipped-bit-in-the-middle": lambda data, at: data.__setitem__(at[2] + 20, data[at[2] + 20] ^ 128),
    "flipped-bit-in-a-tag": lambda data, at: data.__setitem__(at[3] - 1, data[at[3] - 1] ^ 1),
    "flipped-bit-in-a-length": lambda data, at: data.__setitem__(at[1] + 3, data[at[1] + 3] ^ 2),
    "a-length-beyond-the-end": lambda data, at: data.__setitem__(at[1], data[at[1]] ^ 64),
    "zeroed-frame": lambda data, at: data.__setitem__(slice(at[1], at[2]), bytes(at[2] - at[1])),
    "removed-frame": lambda data, at: data.__delitem__(slice(at[1], at[2])),
    "doubled-frame": lambda data, at: data.__setitem__(slice(at[1], at[1]), data[at[1] : at[2]]),
    "swapped-frames": lambda data, at: data.__setitem__(
        slice(at[1], at[3]), data[at[2] : at[3]] + data[at[1] : at[2]]
    ),
    "flipped-bit-in-the-key": lambda data, at: data.__setitem__(at[0] - 5, data[at[0] - 5] ^ 1),
    "flipped-bit-in-the-magic": lambda data, at: data.__setitem__(0, data[0] ^ 1),
    "cut-within-a-frame": lambda data, at: data.__delitem__(slice(at[4] + 5, None)),
    "cut-between-frames": lambda data, at: data.__delitem__(slice(at[4], None)),
    "cut-to-nothing": lambda data, at: data.clear(),
}
SEEN_WITHOUT_MARK = {
    "flipped-bit-in-the-first-frame",
    "flipped-bit-in-the-middle",
    "flipped-bit-in-a-tag",
    "zeroed-frame",
    "swapped-frames",
    "flipped-bit-in-the-key",
    "flipped-bit-in-the-magic",
}
"""What shows by the frames themselves: `zeroed` has lost its length, the others have frames behind them."""


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_to_what_was_acknowledged_is_an_error(case: str) -> None:
    """Nothing that a sender was promised is cut off in silence, and nothing is deleted."""
    rig, _ = _filled()
    at = _frames(rig.journal.read(LAST))
    _rewrite(rig, LAST, lambda data: CHANGES[case](data, at))
    before = {name: rig.journal.read(name) for name in rig.journal.names()}
    with pytest.raises(StorageError, match="spool"):
        rig.start()
    assert {name: rig.journal.read(name) for name in rig.journal.names()} == before
    with pytest.raises(StorageError, match="spool"):
        _check(rig)


@pytest.mark.parametrize("case", sorted(SEEN_WITHOUT_MARK - {"zeroed-frame"}))
def test_a_change_shows_without_the_mark(case: str) -> None:
    """After a power cut the frames behind a changed one still tell that it was durable."""
    rig, _ = _filled()
    at = _frames(rig.journal.read(LAST))
    _rewrite(rig, LAST, lambda data: CHANGES[case](data, at))
    _powerless(rig)
    with pytest.raises(StorageError, match="spool"):
        rig.start()
    assert not _torn(rig)


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_in_an_older_segment_is_an_error(case: str) -> None:
    """Only the last segment can have been torn; the mark is not needed to know."""
    if case == "cut-between-frames":
        pytest.skip("a shorter older segment shows by its source's seqs, when it is sealed and verified")
    rig, _ = _filled(segments=2)
    at = _frames(rig.journal.read(LAST))
    _rewrite(rig, LAST, lambda data: CHANGES[case](data, at))
    _powerless(rig)
    with pytest.raises(StorageError, match="spool"):
        rig.start()
    assert not _torn(rig)


def test_frames_of_one_group_may_be_torn_out_of_order() -> None:
    """Two frames that waited for the same sync: the first is torn, the second whole; neither was acknowledged."""
    rig, names = _filled()
    at = _frames(rig.journal.read(LAST))
    group = _group(rig)
    _rewrite(rig, LAST, lambda data: data.__setitem__(at[-1] + 10, data[at[-1] + 10] ^ 1))
    rig.start()
    assert rig.recovered is not None
    assert rig.recovered.torn is not None
    assert rig.batches() == names
    assert not set(group) & set(rig.batches())
    rig.stop()


def _group(rig: SpoolRig) -> list[str]:
    """Two more frames at the end of the last segment, as if the machine stopped before their sync."""
    source = MemoryJournals()
    writer = SpoolRig(source)
    writer.start()
    writer.put()
    writer.stop()
    # A segment of its own, whose one durable frame is followed by two that share a sync.
    frames = FrameWriter(IDENTITY.recipient)
    data = bytearray(frames.header)
    held = rig.chunks()
    synced = len(data)
    for one in held:
        data += frames.chunk(one, synced_bytes=synced)
        synced = len(data)
    late = [chunk(), chunk()]
    for one in late:
        data += frames.chunk(one, synced_bytes=synced)

    def replace(old: bytearray) -> None:
        old[:] = data

    _rewrite(rig, LAST, replace)
    return [one.batch for one in late]


def test_a_missing_segment_is_an_error() -> None:
    """A segment that was deleted between others, or at the end, is missed."""
    for missing in (1, 2, 3):
        rig, _ = _filled(segments=3)
        rig.journal.delete(segment_name(missing))
        with pytest.raises(StorageError) as caught:
            rig.recover()
        assert caught.value.code == "spool-cut"
        with pytest.raises(StorageError):
            _check(rig)


def test_sealed_segments_may_be_gone() -> None:
    """What is sealed lies elsewhere: its segments are deleted, and their absence is not missed."""
    rig, names = _filled(segments=3)
    tail = rig.tail()
    tail.read(most_records=14)
    rig.sealed = tail.position
    assert rig.sealed.segment == 2
    _check(rig)
    rig.start()
    assert segment_name(1) not in set(rig.journal.names())
    assert rig.batches() == names[7:]
    _check(rig)
    rig.stop()


def test_a_sealed_position_within_no_frame_is_an_error() -> None:
    """A head that does not fit the spool is told, and no frame is read from a wrong place."""
    rig, _ = _filled()
    rig.sealed = Position(1, _frames(rig.journal.read(LAST))[2] + 1)
    with pytest.raises(StorageError, match="no spool frame ends"):
        rig.recover()
    rig.sealed = Position(1, 10**6)
    with pytest.raises(StorageError, match="no spool frame ends"):
        rig.recover()


def test_a_failing_disk_is_not_a_torn_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the segment cannot be read, nothing is cut."""
    rig, _ = _filled()
    whole = rig.journal.read(LAST)

    def fail(*_: object, **__: object) -> bytes:
        raise StorageError("cannot read: Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(rig.journal, "read", fail)
        with pytest.raises(StorageError, match="Input/output"):
            rig.recover()
    assert rig.journal.read(LAST) == whole


def test_a_chunk_of_another_version_is_not_cut() -> None:
    """A frame that opens but holds nothing known was written on purpose; it is an error to pass over it."""
    frames = FrameWriter(IDENTITY.recipient)
    rig = SpoolRig(MemoryJournals())
    file = rig.journal.open(LAST)
    file.append(frames.header + frames.frame(b"\x93\x01\x02\x03"))
    file.close()
    with pytest.raises(StorageError) as caught:
        rig.recover()
    assert caught.value.code == "spool-chunk"


def test_waiting_receipts_are_those_of_unsealed_batches() -> None:
    """A restarted receiver knows each batch that is not sealed, with the seqs that its sender was told."""
    rig = SpoolRig(MemoryJournals())
    rig.start()
    receipts = [rig.put(records=2, key=f"k{number}") for number in range(4)]
    tail = rig.tail()
    tail.read(most_records=3)
    rig.stop()
    rig.sealed, rig.sealed_seqs = tail.position, {("default", "okta"): 4}
    assert rig.recover().waiting == [("okta", receipt) for receipt in receipts[2:]]


def _check(rig: SpoolRig) -> int:
    return check_spool(
        rig.journal,
        [IDENTITY],
        sealed=lambda: rig.sealed,
        durable=Position.unpacked(rig.mark.get()),
    )


def test_a_running_spool_checks_out() -> None:
    """Verification of what waits raises no false alarm while more is written."""
    rig = SpoolRig(MemoryJournals())
    assert _check(rig) == 0
    rig.start()
    for count in range(1, 4):
        rig.put()
        assert _check(rig) == count
    _unacknowledged(rig, b"\0\0\1\0abc")
    assert _check(rig) == 3


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from([LAST, segment_name(3)]))
def test_any_bytes_in_the_spool_give_only_our_errors(data: bytes, name: str) -> None:
    """Garbage as a segment is torn or an error of ours, never another exception."""
    rig, _ = _filled(batches=1)
    file = rig.journal.open(name)
    file.append(data)
    file.close()
    for attempt in (rig.recover, lambda: _check(rig)):
        try:
            attempt()
        except AffidavitError:
            continue


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(), st.booleans())
def test_a_power_cut_takes_nothing_that_was_acknowledged(
    groups: list[int],
    seed: int,
    late: bool,
) -> None:
    """After any number of power cuts every acknowledged batch is there exactly once, in order, seqs dense."""
    random = Random(seed)
    journals = PowerCutJournals(MemoryJournals())
    rig = SpoolRig(journals)
    acknowledged: list[str] = []
    seqs: list[int] = []
    for records in groups:
        rig.start()
        assert rig.spool is not None
        for _ in range(records):
            receipt = rig.put(records=2)
            acknowledged.append(receipt.batch)
            seqs.append(receipt.first_seq or 0)
        large = rig.spool.stage(f"large-{len(acknowledged)}")
        large.add(chunk(1, batch=large.name, closing=False))
        if records % 2:
            receipt = answer(rig.spool.commit(chunk(1, batch=large.name, number=1, total=2), large))
            acknowledged.append(receipt.batch)
            seqs.append(receipt.first_seq or 0)
        spool, rig.spool = rig.spool, None
        _append_unsynced(rig, random)
        journals.cut(random)
        if late:
            _powerless(rig)
        spool.close()
    rig.start()
    assert rig.batches() == acknowledged
    assert seqs == list(range(0, 2 * len(seqs), 2))
    rig.stop()


def _append_unsynced(rig: SpoolRig, random: Random) -> None:
    """Bytes behind the last sync, of which a power cut keeps some."""
    names = [name for name in rig.journal.names() if name.endswith(".spool")]
    file = rig.journal.open(names[-1])
    file.append(random.randbytes(random.randint(0, 200)))


def test_what_a_restart_relied_on_survives_a_power_cut() -> None:
    """A batch that was not synced when the process died is answered for after the restart, so it is durable then."""
    journals = PowerCutJournals(MemoryJournals())
    rig = SpoolRig(journals)
    rig.start()
    rig.put(key="first")
    at = journals.synced[LAST]
    late = _late_frame(rig)
    rig.stop()  # as after kill -9: what was written is still there
    journals.synced[LAST] = at
    rig.start()
    assert rig.recovered is not None
    assert late in [receipt.batch for _, receipt in rig.recovered.waiting]
    rig.stop()
    _powerless(rig)
    journals.cut(Random(1))
    rig.start()
    assert late in rig.batches()
    rig.stop()


def _late_frame(rig: SpoolRig) -> str:
    receipt = rig.put(key="late")
    assert rig.sealed == BEGINNING
    return receipt.batch
