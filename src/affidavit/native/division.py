"""Events divided into their parts by the batch: what receiving would else do an event at a time."""

from __future__ import annotations

import ctypes
from array import array

from affidavit.formats.record import division as reference
from affidavit.formats.record.division import Undivided
from affidavit.formats.record.parts import MARKED
from affidavit.formats.record.strings import Strings, bad_offsets
from affidavit.native.library import BAD_OFFSETS, NO_CUT, Held, library
from affidavit.native.strings import structure

_NUMBER_BYTES = 8
_BETWEEN_BYTES = 16
"""More than the brackets, commas and line feeds around what a record's parts consist of."""
_MARKS = Strings.of(MARKED)


class Divider:
    """Divides events; not thread-safe.

    What it writes to is kept from one time to the next: memory that is fresh costs more than what is done in it.
    """

    def __init__(self) -> None:
        self._encoded = bytearray()
        self._room = bytearray()

    def undivided(self) -> Undivided:
        """Where to put the next events; those of the last time are overwritten."""
        return Undivided(self._encoded)

    def divide(self, events: Undivided, parts: bytearray) -> list[int]:
        """As formats.record.division.divide."""
        loaded = library()
        if loaded is None:
            return reference.divide(events, parts)
        count = len(events.raws)
        encoded = Strings(data=events.encoded, offsets=array("q", events.offsets), count=count)
        columns = (encoded, Strings.of(events.constants), Strings.of(events.raws))
        room_bytes = sum(map(_size_bytes, columns)) + _BETWEEN_BYTES * count
        if len(self._room) < room_bytes:
            self._room = bytearray(room_bytes)
        lengths = array("q", bytes(_NUMBER_BYTES * count))
        asked = loaded.affidavit_divide
        asked.restype = ctypes.c_int64
        with Held() as held:
            written_bytes = asked(
                *(ctypes.byref(structure(column, held)) for column in (*columns, _MARKS)),
                ctypes.c_int64(count),
                ctypes.c_void_p(held.address(self._room, writable=True)[0]),
                ctypes.c_int64(room_bytes),
                ctypes.c_void_p(held.address(lengths, writable=True)[0]),
            )
        if written_bytes == NO_CUT:  # an attribute holds the character that marks begin with
            return reference.divide(events, parts)
        if written_bytes == BAD_OFFSETS:
            raise bad_offsets()
        parts += memoryview(self._room)[:written_bytes]
        return lengths.tolist()


def _size_bytes(column: Strings) -> int:
    return 0 if column.data is None else memoryview(column.data).nbytes
