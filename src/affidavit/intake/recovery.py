"""What a writer does first: tidy up after a crash and count what is spooled but not sealed.

A batch that was never completed was never acknowledged, so it goes. A last segment that ends within a frame,
or with frames that do not open, was being written when the machine stopped; what could not have been
acknowledged is cut off, and the segment as it was is kept beside it under `torn-`, for a person to look at.
What was durable is never cut off: damage there is an error. Two witnesses say what was: the mark, as it was
when the last writer stopped (a power cut may lose its latest moves), and the frames behind the damage, each
of which names how much of its segment was durable before it.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import NotFoundError, StorageError
from affidavit.intake.frames import Chunk, Receipt, decode, numbered
from affidavit.intake.segment_format import FrameReader
from affidavit.intake.spool import BEGINNING, Position, segment_name, segment_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from affidavit.formats.age.recipient import Identity
    from affidavit.storage.interfaces import JournalStore

_WINDOW_BYTES = 8 * 1024 * 1024
_HEADER_BYTES = 1024
"""More than a header has: a segment that is longer has a header that was durable."""
_TEARS = ("spool-torn", "spool-corrupt")
_HINT = "Restore the spool from a copy of the disk; nothing in it was changed."


class Recovered(NamedTuple):
    """What was found."""

    next_segment: int
    end: Position
    """Behind the last durable frame."""
    next_seqs: dict[tuple[str, str], int]
    """(tenant, source) to the seq of its next record, spooled ones counted."""
    waiting: list[tuple[str, Receipt]]
    """(source, receipt) of each batch that is acknowledged but not sealed, in order."""
    torn: str | None
    """The name under which a torn segment was kept."""


def recover(
    journal: JournalStore,
    identities: Sequence[Identity],
    *,
    sealed: Position,
    next_seqs: Mapping[tuple[str, str], int],
    durable: Position = BEGINNING,
) -> Recovered:
    """Make the spool fit for writing; `sealed` is where sealing goes on, `next_seqs` what is sealed so far.

    `durable` is where the mark stood when the last writer stopped, as far as that is known. StorageError where
    something is missing or changed that may have been acknowledged; then nothing was cut.
    """
    following_seqs = dict(next_seqs)
    waiting: list[tuple[str, Receipt]] = []
    end = sealed
    numbers = _numbers(journal)
    _tidy(journal, sealed)
    numbers = _unsealed(numbers, sealed)
    _check_end(journal, numbers, durable)
    torn, following = None, max(numbers[-1] if numbers else 0, sealed.segment) + 1
    for number in numbers:
        name = segment_name(number)
        start = reached = sealed.offset if number == sealed.segment else 0
        try:
            for at, chunk in _chunks(journal, name, identities, start):
                reached = at
                _count(chunk, following_seqs, waiting)
        except StorageError as error:
            if number != numbers[-1]:
                raise
            size = _torn_at(journal, name, identities, reached, error)
            if Position(number, size) < durable:
                raise
            torn = _cut(journal, name, size)
            if not size:
                following = number
        end = Position(number, reached)
    if numbers and following > numbers[-1]:
        _sync(journal, segment_name(numbers[-1]))
    return Recovered(following, end, following_seqs, waiting, torn)


def _tidy(journal: JournalStore, sealed: Position) -> None:
    """Delete what was being staged, and the segments that are wholly sealed."""
    for name in list(journal.names()):
        number = segment_number(name)
        unwanted = not name.startswith("torn-") if number is None else number < sealed.segment
        if unwanted:
            journal.delete(name)


def _count(chunk: Chunk, next_seqs: dict[tuple[str, str], int], waiting: list[tuple[str, Receipt]]) -> None:
    key = (chunk.tenant, chunk.source)
    seq = next_seqs[key] = next_seqs.get(key, 0) + chunk.count
    if chunk.receipt is not None:
        waiting.append((chunk.source, numbered(chunk.receipt, next_seq=seq)))


def check_spool(
    journal: JournalStore,
    identities: Sequence[Identity],
    *,
    sealed: Callable[[], Position],
    durable: Position = BEGINNING,
) -> int:
    """Open every frame of every segment and count them; StorageError at the first that was changed or is missing.

    Safe while the spool is being written and sealed, where `durable` was read before the call and `sealed` is
    read within it. The end may be torn, as `recover` would cut it.
    """
    numbers = _numbers(journal)
    _check_end(journal, _unsealed(numbers, sealed()), durable)
    count = 0
    for number in numbers:
        name, reached = segment_name(number), 0
        try:
            for at, _ in _chunks(journal, name, identities, 0):
                reached = at
                count += 1
        except NotFoundError:
            continue  # sealed and deleted meanwhile
        except StorageError as error:
            if number != numbers[-1]:
                raise
            if Position(number, _torn_at(journal, name, identities, reached, error)) < durable:
                raise
    return count


def _numbers(journal: JournalStore) -> list[int]:
    found = map(segment_number, journal.names())
    return [number for number in found if number is not None]


def _unsealed(numbers: list[int], sealed: Position) -> list[int]:
    """The segments that are not wholly sealed; StorageError where one between them is missing."""
    found = [number for number in numbers if number >= sealed.segment]
    for before, number in pairwise([(sealed.segment or 1) - 1, *found]):
        if number != before + 1:
            raise StorageError(
                f"spool segment {segment_name(before + 1)} is missing", code="spool-cut", hint=_HINT
            )
    return found


def _check_end(journal: JournalStore, numbers: list[int], durable: Position) -> None:
    """The spool reaches up to where it was durable."""
    name = segment_name(durable.segment)
    if (numbers[-1] if numbers else 0) < durable.segment:
        raise StorageError(f"spool segment {name} is missing", code="spool-cut", hint=_HINT)
    with suppress(NotFoundError):  # sealed and deleted
        if journal.size(name) < durable.offset:
            raise StorageError(
                f"spool segment {name} went up to {durable.offset} and is shorter now",
                code="spool-cut",
                hint=_HINT,
            )


def _torn_at(
    journal: JournalStore, name: str, identities: Sequence[Identity], reached: int, error: StorageError
) -> int:
    """Behind which offset the segment may be torn; raises `error` again where it cannot be.

    `reached` is the end of the last frame that opened, 0 where none did.
    """
    if error.code not in _TEARS:
        raise error
    data = journal.read(name)
    try:
        reader = FrameReader(data, identities)
    except StorageError:
        if len(data) > _HEADER_BYTES:
            raise error from None
        return 0
    if reached:
        reader.skip(data[reader.position :], reached)
    at = reader.position
    for frame in reader.behind_changed(data[at:]):
        synced_bytes = 0
        with suppress(StorageError):
            synced_bytes = decode(frame).synced_bytes
        if synced_bytes > at:
            raise error
    return at


def _chunks(
    journal: JournalStore, name: str, identities: Sequence[Identity], start: int
) -> Iterator[tuple[int, Chunk]]:
    """Each chunk behind `start` with its end; StorageError at the first that does not open."""
    size = journal.size(name)
    reader = FrameReader(journal.read(name, end=64 * 1024), identities)
    if start > reader.position:
        reader.skip(journal.read(name, start=reader.position, end=start), start)
    window = _WINDOW_BYTES
    while reader.position < size:
        begin = reader.position
        end = min(size, begin + window)
        frames = reader.frames(journal.read(name, start=begin, end=end))
        if not frames:
            if end == size:
                raise StorageError(f"spool segment {name} ends within a frame", code="spool-torn")
            window *= 2
        for reached, frame in frames:
            yield reached, decode(frame)


def _cut(journal: JournalStore, name: str, size: int) -> str:
    """Keep the segment as it was under another name, and leave its first `size` bytes in its place."""
    kept = f"torn-{name}"
    journal.delete(kept)
    copy = journal.open(kept)
    copy.append(journal.read(name))
    copy.sync()
    copy.close()
    if size:
        segment = journal.open(name)
        segment.truncate(size)
        segment.close()
    else:
        journal.delete(name)
    return kept


def _sync(journal: JournalStore, name: str) -> None:
    """What was read from memory after a crash is relied on from now on, so it has to be on the disk."""
    segment = journal.open(name)
    segment.sync()
    segment.close()
