"""How query columns are handed to the library, which says of which records they certainly follow from the parts."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.formats.record.queried import INTEGERS, WORDS
from affidavit.native.strings import Structure, structure

if TYPE_CHECKING:
    from affidavit.formats.record.queried import Queried, Words
    from affidavit.native.library import Held


class _Words(ctypes.Structure):
    """kernel_words in queried.h."""

    _fields_ = (("strings", Structure), ("known", ctypes.c_void_p), ("known_first", ctypes.c_int64))


class Columns(ctypes.Structure):
    """kernel_queried in queried.h."""

    _fields_ = (*((name, ctypes.c_void_p) for name in INTEGERS), *((name, _Words) for name in WORDS))


def columns(queried: Queried, held: Held) -> Columns:
    """The columns for the library; RecordError where one is shorter than the others."""
    queried.check()
    return Columns(
        *(held.aligned(queried.integers[name], width) for name, width in INTEGERS.items()),
        *(_words(queried.words[name], held) for name in WORDS),
    )


def _words(words: Words, held: Held) -> _Words:
    return _Words(structure(words.strings, held), held.address(words.known)[0], words.known_first)
