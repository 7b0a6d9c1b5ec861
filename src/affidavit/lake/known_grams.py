"""What was seen of row groups when they were read, so that words they cannot hold are not looked for there again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from affidavit.native.grams import BITMAP_BYTES, may_hold

WORTH_ROWS = 4096
"""A smaller row group is read as quickly, and is soon one of a larger file."""
_MAX_GROUPS = (32 << 20) // BITMAP_BYTES
"""Some thirty million records at full row groups."""


class KnownGrams:
    """The threes of bytes in row groups, by file and number: those used last, in bounded memory. For any thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = Lock()

    def has(self, name: str, group: int) -> bool:
        """Whether it is known what the row group holds."""
        return (name, group) in self._known

    def may_hold(self, name: str, group: int, needles: list[bytes]) -> bool:
        """False where the row group certainly holds not all of the needles; they have no A-Z."""
        with self._lock:
            bitmap = self._known.get((name, group))
            if bitmap is None:
                return True
            self._known.move_to_end((name, group))
        return may_hold(bitmap, needles)

    def learn(self, name: str, group: int, bitmap: bytes) -> None:
        """What is in all of the row group."""
        with self._lock:
            self._known[name, group] = bitmap
            while len(self._known) > _MAX_GROUPS:
                self._known.popitem(last=False)
