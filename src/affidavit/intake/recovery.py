"""What a writer does first: tidy up after a crash and count what is spooled but not sealed.

A batch that was never completed was never acknowledged, so it goes. A last segment that ends within a frame,
or with frames that do not open, was being written when the machine stopped; what could not have been
acknowledged is cut off, and the segment as it was is kept beside it under `torn-`, for a person to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import NotFoundError, StorageError
from affidavit.intake.frames import Chunk, Receipt, decode, numbered
from affidavit.intake.segment_format import FrameReader
from affidavit.intake.spool import Position, segment_name, segment_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from affidavit.formats.age.recipient import Identity
    from affidavit.storage.interfaces import JournalStore

_WINDOW_BYTES = 8 * 1024 * 1024


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
) -> Recovered:
    """Make the spool fit for writing; `sealed` is where sealing goes on, `next_seqs` what is sealed so far."""
    numbers = []
    for name in list(journal.names()):
        number = segment_number(name)
        if number is not None:
            numbers.append(number)
        elif not name.startswith("torn-"):
            journal.delete(name)
    torn = None
    following_seqs = dict(next_seqs)
    waiting: list[tuple[str, Receipt]] = []
    end = sealed
    for number in numbers:
        if number < sealed.segment:
            journal.delete(segment_name(number))
            continue
        start = sealed.offset if number == sealed.segment else 0
        reached = 0
        try:
            for reached, chunk in _chunks(journal, segment_name(number), identities, start):
                key = (chunk.tenant, chunk.source)
                seq = following_seqs[key] = following_seqs.get(key, 0) + chunk.count
                if chunk.receipt is not None:
                    waiting.append((chunk.source, numbered(chunk.receipt, next_seq=seq)))
        except StorageError:
            if number != numbers[-1]:
                raise
            torn = _cut(journal, segment_name(number), max(reached, start))
        end = Position(number, max(reached, start))
    following = max(numbers[-1] if numbers else 0, sealed.segment) + 1
    return Recovered(following, end, following_seqs, waiting, torn)


def check_spool(journal: JournalStore, identities: Sequence[Identity]) -> int:
    """Open every frame of every segment and count them; StorageError at the first that was changed.

    The last segment may end within a frame while it is being written.
    """
    names = [name for name in journal.names() if segment_number(name) is not None]
    count = 0
    for name in names:
        try:
            for _ in _chunks(journal, name, identities, 0):
                count += 1
        except NotFoundError:
            continue  # sealed and deleted meanwhile
        except StorageError as error:
            if name != names[-1] or error.code != "spool-torn":
                raise
    return count


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
