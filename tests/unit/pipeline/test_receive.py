"""A request becomes an acknowledged batch: what is good is kept, what is not is kept verbatim, nothing twice."""

from __future__ import annotations

import errno
import gzip
import json
import os
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from tests.simulators.deployment import Deployment, event, ndjson

from affidavit.core.errors import BodyError, OverloadedError, StorageFullError
from affidavit.intake.spool import segment_number
from affidavit.pipeline import receive as receive_module
from affidavit.pipeline.receive import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1 << 20
LIMITS = Limits(
    line_bytes=MIB,
    document_bytes=64 * MIB,
    body_bytes=64 * MIB,
    compressed_bytes=8 * MIB,
    inflight_bytes=192 * MIB,
    spool_bytes=4096 * MIB,
    free_bytes=0,
)


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployment]:
    """An open, empty data directory."""
    made = Deployment.new(tmp_path / "data").open()
    _limit(made)
    yield made
    made.close()


def _limit(deployed: Deployment, **changed: int) -> None:
    values = {name: getattr(LIMITS, name) for name in Limits.__slots__} | changed
    deployed.receiving.receiver._limits = Limits(**values)


def _staged(deployed: Deployment) -> list[str]:
    return [name for name in _spooled(deployed) if segment_number(name) is None]


def _spooled(deployed: Deployment) -> list[str]:
    return [path.name for path in (deployed.path / "tenants/default/spool").iterdir()]


def test_good_and_bad_lines_part_ways(deployed: Deployment) -> None:
    """The receipt counts both; each bad line is named with its place and kept verbatim; good ones are sealed."""
    good = [event(), event()]
    body = b"\n".join([good[0], b"{not json", b"", good[1], b'{"user":"no id"}'])
    done = deployed.send(body)
    assert (done.receipt.accepted, done.receipt.quarantined) == (2, 2)
    assert (done.receipt.first_seq, done.receipt.last_seq) == (0, 1)
    assert [(one.line, one.byte, one.code) for one in done.noted] == [
        (2, len(good[0]) + 1, "not-json"),
        (5, body.index(b'{"user"'), "no-id"),
    ]
    deployed.seal()
    assert deployed.raws() == good
    assert deployed.quarantined() == [("not-json", b"{not json"), ("no-id", b'{"user":"no id"}')]


ENVELOPES: dict[str, Callable[[list[bytes]], bytes | list[bytes]]] = {
    "ndjson": b"\n".join,
    "array": lambda events: b"[%b]" % b", ".join(events),
    "envelope": lambda events: b'{"Records": [%b]}' % b",".join(events),
    "chunks-of-one-byte": lambda events: [bytes([one]) for one in b"\r\n".join(events)],
}


@pytest.mark.parametrize("case", ENVELOPES)
def test_every_shape_of_body_gives_the_same_records(deployed: Deployment, case: str) -> None:
    """NDJSON, an array and the vendor's envelope are sealed as the same originals."""
    events = [event(note="é ] } \\"), event(), event()]
    assert deployed.send(ENVELOPES[case](events)).receipt.accepted == 3
    deployed.seal()
    assert deployed.raws() == events


BAD_LINES: dict[str, tuple[bytes, str]] = {
    "not-json": (b'{"id": 1', "not-json"),
    "bad-utf-8-in-a-value": (b'{"id": 1, "user": "\xff\xfe"}', "not-json"),
    "bad-utf-8-in-a-value-that-nobody-reads": (b'{"id": 1, "x": "\xe9"}', ""),
    "bad-utf-8-in-a-key": (b'{"id": 1, "\xc3": 2}', ""),
    "utf-16": ('{"id": 1}'.encode("utf-16"), ""),
    "a-lone-surrogate": (b'{"id": 1, "user": "\\ud800"}', ""),
    "depth-bomb": (b'{"id": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    "a-time-beyond-the-calendar": (b'{"id": 1, "time": 99999999999999999}', ""),
    "a-time-beyond-64-bits": (b'{"id": 1, "time": 9223372036854775807}', ""),
    "a-negative-time-beyond-64-bits": (b'{"id": 1, "time": -9223372036854775807}', ""),
    "a-time-that-is-text": (b'{"id": 1, "time": "soon"}', ""),
    "a-name-that-is-a-number": (b'{"id": 1, "user": 5}', ""),
    "the-mapper-raises": (b'{"id": 1, "boom": 1}', "mapper-failed"),
    "nul-bytes": (b"\0" * 100, "not-json"),
    "a-number": (b"12", ""),
    "a-huge-integer": (b'{"id": 1' + b"0" * 5000 + b"}", ""),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_costs_itself_alone(deployed: Deployment, case: str) -> None:
    """Its neighbours are sealed; it is sealed or in quarantine verbatim; sealing and verification go on."""
    line, code = BAD_LINES[case]
    before, after = event(), event()
    done = deployed.send(b"\n".join([before, line, after]))
    assert done.receipt.accepted + done.receipt.quarantined == 3
    assert deployed.seal()
    kept = deployed.raws()
    refused = deployed.quarantined()
    assert [kept[0], kept[-1]] == [before, after]
    assert kept[1:-1] + [data for _, data in refused] == [line]
    if code:
        assert [found for found, _ in refused] == [code]
    deployed.send(ndjson(1))
    deployed.seal()
    assert deployed.verify().differences == []


def test_an_oversized_line_is_kept_verbatim(deployed: Deployment) -> None:
    """A line beyond the limit goes to quarantine whole, however long, and its neighbours are kept."""
    long = (
        b'{"id": 1, "x": "' + bytes(range(32, 127)).replace(b'"', b"").replace(b"\\", b"") * 120_000 + b'"}'
    )
    assert len(long) > 10 * MIB
    body = b"\n".join([event(), long, event()])
    done = deployed.send([body[at : at + 65536] for at in range(0, len(body), 65536)])
    assert (done.receipt.accepted, done.receipt.quarantined) == (2, 1)
    deployed.seal()
    assert deployed.quarantined() == [("line-too-long", long)]
    assert deployed.verify().verified


def test_a_batch_of_bad_lines_alone_is_acknowledged(deployed: Deployment) -> None:
    """Nothing accepted is still a receipt, and what was refused is kept once it is sealed."""
    done = deployed.send(b"x\ny")
    assert (done.receipt.accepted, done.receipt.quarantined, done.receipt.first_seq) == (0, 2, None)
    deployed.seal()
    sealed = deployed.sealed_receipt(done.receipt.batch)
    assert sealed is not None
    assert (sealed.first_index, sealed.checkpoint_size, sealed.quarantined) == (None, None, 2)
    assert [data for _, data in deployed.quarantined()] == [b"x", b"y"]


def test_an_empty_body_is_acknowledged(deployed: Deployment) -> None:
    """There is nothing to keep, and nothing wrong."""
    done = deployed.send(b"")
    assert (done.receipt.accepted, done.receipt.quarantined) == (0, 0)
    deployed.seal()
    assert deployed.verify().verified


def test_many_refused_lines_are_counted(deployed: Deployment) -> None:
    """A receipt names the first hundred; all of them are counted and kept."""
    done = deployed.send(b"\n".join(b"x%d" % number for number in range(300)))
    assert done.receipt.quarantined == 300
    assert len(done.noted) == 100
    deployed.seal()
    assert len(deployed.quarantined()) == 300


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_compressed_bodies_are_read(deployed: Deployment, encoding: str) -> None:
    """Either way of compressing gives the same records as none."""
    body = ndjson(20)
    assert deployed.send(COMPRESSED[encoding](body), encoding=encoding).receipt.accepted == 20
    deployed.seal()
    assert deployed.raws() == body.split(b"\n")


@pytest.mark.parametrize("as_list", [True, False], ids=["one-chunk", "many-chunks"])
@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_truncated_body_keeps_what_came(deployed: Deployment, encoding: str, *, as_list: bool) -> None:
    """Records before the break are accepted; the body as it was sent is in quarantine, once."""
    lines = [event(pad=f"{number * 7919 % 100_003:x}" * 20) for number in range(3000)]
    body = COMPRESSED[encoding](b"\n".join(lines))
    body = body[: len(body) * 2 // 3]
    sent = [body] if as_list else iter(body[at : at + 1000] for at in range(0, len(body), 1000))
    done = deployed.send(sent, encoding=encoding)
    assert done.receipt.accepted > 1000
    assert done.receipt.quarantined == 1
    deployed.seal()
    assert deployed.raws() == lines[: done.receipt.accepted]
    assert deployed.quarantined() == [("bad-compression", body)]


def test_a_body_that_is_not_compressed_as_it_says(deployed: Deployment) -> None:
    """It is kept verbatim."""
    done = deployed.send(b"plain", encoding="gzip")
    assert (done.receipt.accepted, done.receipt.quarantined) == (0, 1)
    deployed.seal()
    assert deployed.quarantined() == [("bad-compression", b"plain")]


def test_an_unknown_encoding_is_refused(deployed: Deployment) -> None:
    """The sender is told, and keeps the batch."""
    with pytest.raises(BodyError) as caught:
        deployed.send(ndjson(1), encoding="br")
    assert caught.value.code == "unsupported-encoding"
    assert deployed.seal() == 0


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize(
    "fill", [b"0", b"xxxxxxx\n", b"[", b'{"id":1}\n'], ids=["line", "lines", "array", "events"]
)
def test_a_decompression_bomb_costs_bounded_memory(deployed: Deployment, encoding: str, fill: bytes) -> None:
    """32 MiB out of some KiB: read up to the limit, then kept as it was sent; memory stays small."""
    _limit(deployed, body_bytes=MIB // 8, line_bytes=MIB // 16)
    bomb = COMPRESSED[encoding](fill * (32 * MIB // len(fill)))
    tracemalloc.start()
    try:
        done = deployed.send(bomb, encoding=encoding)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.receipt.quarantined >= 1
    assert peak_bytes < 48 * MIB
    deployed.seal()
    assert ("decompression-bomb", bomb) in deployed.quarantined()


def test_a_large_body_streams(deployed: Deployment) -> None:
    """A body of many times a chunk's size is one batch, held in memory in parts, and whole when it is sealed."""
    lines = [event(pad="y" * 4000) for _ in range(100)]
    block = b"\n".join(lines) + b"\n"
    tracemalloc.start()
    try:
        done = deployed.send(block for _ in range(100))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.receipt.accepted == 10_000
    assert done.receipt.last_seq == 9_999
    assert peak_bytes < 100 * MIB
    deployed.seal()
    sealed = deployed.sealed_receipt(done.receipt.batch)
    assert sealed is not None
    assert (sealed.first_index, sealed.last_index) == (0, 9_999)


def test_long_lines_do_not_add_up(deployed: Deployment) -> None:
    """Lines just below the limit are spooled as they come, not by the hundred."""
    line = b'{"id":1,"x":"%b"}\n' % (b"z" * (MIB - 100))
    tracemalloc.start()
    try:
        done = deployed.send(line for _ in range(60))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.receipt.accepted == 60
    assert peak_bytes < 60 * MIB


def test_a_body_beyond_the_limit_is_refused_whole(deployed: Deployment) -> None:
    """What is not compressed and too long stays with its sender; no part of it is kept."""
    _limit(deployed, body_bytes=20 * MIB)
    line = event(pad="y" * 10_000) + b"\n"
    with pytest.raises(BodyError) as caught:
        deployed.send(line * 100 for _ in range(1000))
    assert caught.value.code == "body-too-large"
    assert _staged(deployed) == []
    assert deployed.seal() == 0


def test_a_compressed_body_beyond_the_limit_is_refused_whole(deployed: Deployment) -> None:
    """However much more comes, it is not read into memory."""
    _limit(deployed, compressed_bytes=MIB)
    pulled = 0

    def endless() -> Iterator[bytes]:
        nonlocal pulled
        packer = zstandard.ZstdCompressor(level=0).compressobj()
        yield packer.compress(b"")
        while True:
            pulled += 1
            yield packer.compress(os.urandom(20_000).hex().encode() + b"\n")

    with pytest.raises(BodyError) as caught:
        deployed.send(endless(), encoding="zstd")
    assert caught.value.code == "body-too-large"
    assert pulled < 100
    assert _staged(deployed) == []


def test_a_sender_that_breaks_off_leaves_nothing(deployed: Deployment) -> None:
    """A connection that fails in the middle of a large body is not acknowledged, and its part is gone."""

    def broken() -> Iterator[bytes]:
        line = event(pad="y" * 10_000) + b"\n"
        for _ in range(20):
            yield line * 100
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        deployed.send(broken())
    assert _staged(deployed) == []
    assert deployed.send(ndjson(1)).receipt.first_seq == 0


def test_a_repeated_key_adds_nothing(deployed: Deployment) -> None:
    """Before sealing, after it and after a restart, the second answer is the first receipt."""
    first = deployed.send(ndjson(3), key="k")
    answers = [deployed.send(ndjson(3), key="k")]
    deployed.close()
    deployed.open()
    answers.append(deployed.send(ndjson(3), key="k"))
    deployed.seal()
    answers.append(deployed.send(ndjson(3), key="k"))
    deployed.close()
    deployed.open()
    answers.append(deployed.send(ndjson(3), key="k"))
    for again in answers:
        assert again.repeated
        assert again.receipt == first.receipt
    deployed.seal()
    assert len(deployed.raws()) == 3


def test_a_key_belongs_to_its_source(deployed: Deployment) -> None:
    """Two sources may use the same key."""
    assert not deployed.send(ndjson(1), key="k", source="a").repeated
    assert not deployed.send(ndjson(1), key="k", source="b").repeated


def test_concurrent_requests_with_one_key_are_one_batch(deployed: Deployment) -> None:
    """A sender that retries before it was answered gets the answer of its first try, and nothing is doubled."""
    started = threading.Barrier(8)

    def send(number: int) -> Any:
        started.wait()
        return deployed.send([ndjson(5)], key="same" if number % 2 else "other")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sum(not one.repeated for one in answers) == 2
    assert len({one.receipt.batch for one in answers}) == 2
    deployed.seal()
    assert len(deployed.raws()) == 10


def test_a_key_whose_first_request_was_refused_is_free(deployed: Deployment) -> None:
    """What was not kept may be sent again under its key, also by one that waited for the first."""
    release = threading.Event()

    def slow() -> Iterator[bytes]:
        release.wait(10)
        yield ndjson(1)
        raise ConnectionResetError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(deployed.send, slow(), key="k")
        second = pool.submit(deployed.send, ndjson(2), key="k")
        release.set()
        assert isinstance(first.exception(10), ConnectionResetError)
        done = second.result(10)
    assert not done.repeated
    assert done.receipt.accepted == 2


def test_a_key_is_forgotten_after_its_window(deployed: Deployment) -> None:
    """A day later the same key is a new batch."""
    receiver = deployed.receiving.receiver
    first = deployed.send(ndjson(1), key="k")
    receiver._window_us = -1
    second = deployed.send(ndjson(1), key="k")
    assert not second.repeated
    assert second.receipt.batch != first.receipt.batch


def test_keys_in_memory_are_bounded(deployed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of sealed batches leave memory and are still known; keys that wait to be sealed stay."""
    monkeypatch.setattr(receive_module, "_KEYS", 5)
    held = deployed.receiving.receiver._known
    for number in range(8):
        deployed.send(ndjson(1), key=f"waiting-{number}")
    assert len(held) == 8
    deployed.seal()
    for number in range(8):
        deployed.send(ndjson(1), key=f"more-{number}")
    assert len(held) < 12
    assert deployed.send(ndjson(1), key="waiting-0").repeated


def test_a_full_spool_pushes_back(deployed: Deployment) -> None:
    """Where sealing does not keep up, senders are told to come back, until it has."""
    _limit(deployed, spool_bytes=3000)
    with pytest.raises(OverloadedError) as caught:
        while True:
            deployed.send(ndjson(5))
    assert caught.value.code == "spool-backlog"
    assert caught.value.retry_after_s > 0
    count = 5 * len(deployed.acknowledged)
    deployed.seal()
    assert len(deployed.raws()) == count


def test_a_nearly_full_volume_pushes_back(deployed: Deployment) -> None:
    """Batches are refused while there is still room to seal what was acknowledged."""
    _limit(deployed, free_bytes=1 << 60)
    with pytest.raises(OverloadedError) as caught:
        deployed.send(ndjson(1))
    assert caught.value.code == "volume-full"


def test_too_much_at_once_pushes_back(deployed: Deployment) -> None:
    """Bodies that are being received count against a limit that all share; afterwards there is room again."""
    _limit(deployed, inflight_bytes=100)
    inside, leave = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield ndjson(5)
        inside.set()
        leave.wait(10)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(deployed.send, slow())
        assert inside.wait(10)
        with pytest.raises(OverloadedError) as caught:
            deployed.send(ndjson(1))
        leave.set()
        assert first.result(10).receipt.accepted == 5
    assert caught.value.code == "inflight"
    assert deployed.send(ndjson(1)).receipt.first_seq == 5


def test_a_failing_spool_refuses_and_says_so(deployed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a large batch cannot be staged, its sender hears of the full disk and nothing stays behind."""
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name.startswith("staged-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFullError):
        line = event(pad="y" * 10_000) + b"\n"
        deployed.send(line * 100 for _ in range(20))
    monkeypatch.undo()
    assert _staged(deployed) == []
    assert deployed.send(ndjson(1)).receipt.accepted == 1


def test_a_receipt_waits_in_memory_until_it_is_sealed(deployed: Deployment) -> None:
    """Whoever asks for a batch that was just acknowledged gets its receipt, also after a restart."""
    done = deployed.send(ndjson(2))
    receiver = deployed.receiving.receiver
    assert receiver.waiting(done.receipt.batch) == ("s", done.receipt)
    assert deployed.sealed_receipt(done.receipt.batch) is None
    deployed.close()
    deployed.open()
    assert deployed.receiving.receiver.waiting(done.receipt.batch) == ("s", done.receipt)
    assert deployed.receiving.receiver.waiting("another") is None


def test_every_line_is_accounted_for(deployed: Deployment) -> None:
    """Accepted and quarantined together are every line that was sent, whatever it was."""
    lines = [event() if number % 3 else json.dumps({"no": number}).encode() for number in range(1000)]
    done = deployed.send(b"\n".join(lines))
    assert done.receipt.accepted + done.receipt.quarantined == 1000
    deployed.seal()
    assert sorted(deployed.raws() + [data for _, data in deployed.quarantined()]) == sorted(lines)
