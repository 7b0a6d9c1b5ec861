"""The reading end of the spool: chunks in order, from a position, up to what is durable."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from affidavit.core.errors import StorageError
from affidavit.intake.frames import Chunk, decode
from affidavit.intake.segment_format import FrameReader
from affidavit.intake.spool import Position, segment_name, segment_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from affidavit.formats.age.recipient import Identity
    from affidavit.intake.interfaces import Mark
    from affidavit.storage.interfaces import JournalStore

READ_BYTES = 16 * 1024 * 1024
"""Read at a time; grows where one frame is longer."""


class Tail:
    """Follows the spool; one reader a data directory."""

    def __init__(
        self, journal: JournalStore, identities: Sequence[Identity], *, durable: Mark, start: Position
    ) -> None:
        self.position = start
        self._journal = journal
        self._identities = identities
        self._durable = durable
        self._reader: FrameReader | None = None
        self._ready: deque[tuple[int, bytes]] = deque()
        """Frames that are opened but not yet handed out; all of the current segment."""

    def read(self, *, most_records: int) -> list[Chunk]:
        """The next chunks, in order, until they are the load of about `most_records`; empty where nothing is new."""
        return list(self.chunks(most_records=most_records))

    def chunks(self, *, most_records: int) -> Iterator[Chunk]:
        """As `read`, one at a time; `position` is behind the last one handed out."""
        records = 0
        while records < most_records:
            if not self._ready:
                self._ready.extend(self._next_frames())
            if not self._ready:
                break
            end, frame = self._ready.popleft()
            chunk = decode(frame)
            records += chunk.load
            self.position = Position(self.position.segment, end)
            yield chunk

    def forget(self, before: Position) -> None:
        """Delete the segments that lie wholly before a position."""
        for name in list(self._journal.names()):
            number = segment_number(name)
            if number is not None and number < before.segment:
                self._journal.delete(name)

    def _next_frames(self) -> list[tuple[int, bytes]]:
        """The next whole frames of the current segment, or of the one behind it, each with its end."""
        while True:
            durable = Position.unpacked(self._durable.get())
            name = segment_name(self.position.segment)
            if durable.segment < self.position.segment:
                return []
            names = list(self._journal.names())
            if name in names:
                current = durable.segment == self.position.segment
                until = durable.offset if current else self._journal.size(name)
                frames = self._read(name, until) if until > self.position.offset else []
                if frames:
                    return frames
            if durable.segment <= self.position.segment:
                return []
            later = [n for n in map(segment_number, names) if n is not None and n > self.position.segment]
            if not later:
                return []
            self.position = Position(min(later), 0)
            self._reader = None

    def _read(self, name: str, until: int) -> list[tuple[int, bytes]]:
        reader = self._reader
        if reader is None:
            beginning = self._journal.read(name, end=64 * 1024)
            reader = self._reader = FrameReader(beginning, self._identities)
            if self.position.offset > reader.position:
                reader.skip(
                    self._journal.read(name, start=reader.position, end=self.position.offset),
                    self.position.offset,
                )
        size = READ_BYTES
        while True:
            start = reader.position
            end = min(until, start + size)
            frames = reader.frames(self._journal.read(name, start=start, end=end))
            if frames or end == until:
                break
            size *= 2
        if not frames and reader.position < until:
            raise StorageError(f"spool segment {name} ends within a frame", code="spool-corrupt")
        return frames
