"""Which records certainly have the query columns that follow from their parts: what verifying would else decode."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.formats.record import queried as reference
from affidavit.formats.record.queried import INTEGERS, WORDS
from affidavit.formats.record.strings import bad_offsets
from affidavit.native.library import BAD_OFFSETS, Held, library
from affidavit.native.strings import Structure, structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.formats.record.queried import Queried, Words


class _Words(ctypes.Structure):
    """kernel_words in queried.h."""

    _fields_ = (("strings", Structure), ("known", ctypes.c_void_p), ("known_first", ctypes.c_int64))


class _Queried(ctypes.Structure):
    """kernel_queried in queried.h."""

    _fields_ = (
        ("parts", Structure),
        *((name, ctypes.c_void_p) for name in INTEGERS),
        *((name, _Words) for name in WORDS),
    )


def doubtful(queried: Queried) -> Sequence[int]:
    """The rows whose query columns have yet to be derived again from the parts.

    Every other row has exactly those that formats.record.columns derives. RecordError where the columns are bad.
    """
    loaded = library()
    if loaded is None:
        return reference.doubtful(queried)
    queried.check()
    certain = bytearray(queried.count)
    with Held() as held:
        status = loaded.affidavit_queried(
            ctypes.byref(
                _Queried(
                    structure(queried.parts, held),
                    *(held.aligned(queried.integers[name], width) for name, width in INTEGERS.items()),
                    *(_words(queried.words[name], held) for name in WORDS),
                )
            ),
            ctypes.c_int64(queried.count),
            ctypes.c_void_p(held.address(certain, writable=True)[0]),
        )
    if status == BAD_OFFSETS:
        raise bad_offsets()
    if 0 not in certain:
        return ()
    return [row for row, sure in enumerate(certain) if not sure]


def _words(words: Words, held: Held) -> _Words:
    return _Words(structure(words.strings, held), held.address(words.known)[0], words.known_first)
