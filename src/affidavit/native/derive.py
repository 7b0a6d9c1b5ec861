"""Query columns written from the parts of a batch: what sealing would else decode a record at a time."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record.queried import INTEGERS, WORDS
from affidavit.formats.record.strings import CODE, bad_offsets
from affidavit.native.library import BAD_OFFSETS, Held, library
from affidavit.native.strings import Structure, structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from affidavit.formats.record.strings import Strings

_OFFSET_BYTES = 4
_MOST_BYTES = 2**31 - 1
_ROOM_BYTES = 64
"""A record, to begin with."""


class _Word(ctypes.Structure):
    """column_ in derive.c."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("data_bytes", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("known", ctypes.c_void_p),
    )


class _Columns(ctypes.Structure):
    """columns_ in derive.c."""

    _fields_ = (
        ("parts", Structure),
        *((name, ctypes.c_void_p) for name in INTEGERS),
        *((name, _Word) for name in WORDS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A derived column of strings, laid out as Arrow's: UTF-8, offsets of 32 bits, a bitmap of what is not null."""

    data: memoryview
    offsets: bytearray
    known: bytearray


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The integers by INTEGERS, native, and the WORDS; those of `doubtful` rows have yet to be derived."""

    integers: Mapping[str, bytearray]
    words: Mapping[str, Word]
    doubtful: Sequence[int]


def derived(parts: Strings) -> Derived | None:
    """The query columns of records with these parts, as formats.record.columns derives them.

    None without the library: then all are doubtful. RecordError where the offsets are not the data's.
    """
    loaded = library()
    if loaded is None:
        return None
    count = parts.count
    certain = bytearray(count)
    integers = {name: bytearray(width * count) for name, width in INTEGERS.items()}
    words = {name: _Growing(count) for name in WORDS}
    done = ctypes.c_int64(0)
    while True:
        with Held() as held:
            columns = _Columns(
                structure(parts, held),
                *(held.address(column, writable=True)[0] for column in integers.values()),
                *(word.structure(held) for word in words.values()),
            )
            status = loaded.affidavit_derive(
                ctypes.byref(columns),
                ctypes.c_int64(count),
                ctypes.c_void_p(held.address(certain, writable=True)[0]),
                ctypes.byref(done),
            )
        if status == BAD_OFFSETS:
            raise bad_offsets()
        if done.value == count:
            break
        for word in words.values():
            word.make_room()
    return Derived(
        integers=integers,
        words={name: word.word() for name, word in words.items()},
        doubtful=[row for row, sure in enumerate(certain) if not sure] if 0 in certain else (),
    )


class _Growing:
    """A column of words that is being written."""

    def __init__(self, count: int) -> None:
        self._data = bytearray(_ROOM_BYTES * count)
        self._offsets = bytearray(_OFFSET_BYTES * (count + 1))
        self._known = bytearray((count + 7) // 8)

    def structure(self, held: Held) -> _Word:
        """For the library, as long as it is held."""
        data, offsets, known = (
            held.address(buffer, writable=True)[0] for buffer in (self._data, self._offsets, self._known)
        )
        return _Word(data, len(self._data), offsets, known)

    def make_room(self) -> None:
        """Twice as much; RecordError where that is more than offsets can say."""
        if 2 * len(self._data) > _MOST_BYTES:
            raise RecordError("the words of a batch are longer than a column can be", code=CODE)
        self._data += bytes(max(len(self._data), _ROOM_BYTES))

    def word(self) -> Word:
        """What was written."""
        end = int.from_bytes(self._offsets[-_OFFSET_BYTES:], sys.byteorder)
        return Word(data=memoryview(self._data)[:end], offsets=self._offsets, known=self._known)
