"""Leaf hashes of a batch: what sealing and verifying spend their time on."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record import sealed as reference
from affidavit.formats.record.strings import CODE, bad_offsets
from affidavit.native.library import BAD_OFFSETS, Held, library
from affidavit.native.strings import Structure, structure

if TYPE_CHECKING:
    from affidavit.formats.record.sealed import Sealed

_NO_CUT = -2
_LONG_NAMES = -3
_LEAF_BYTES = 32


class Records(ctypes.Structure):
    """kernel_records in leaves.h."""

    _fields_ = (
        *((name, Structure) for name in ("parts", "kind", "mapper", "source")),
        ("ids", ctypes.c_void_p),
        ("salts", ctypes.c_void_p),
        ("salts_known", ctypes.c_void_p),
        ("salts_known_first", ctypes.c_int64),
        ("classes", ctypes.c_void_p),
        ("received_us", ctypes.c_void_p),
        ("seqs", ctypes.c_void_p),
    )


def records(sealed: Sealed, held: Held) -> Records:
    """The records, which were checked, for the library."""
    strings = (sealed.parts, sealed.kind, sealed.mapper, sealed.source)
    return Records(
        *(structure(column, held) for column in strings),
        held.address(sealed.ids)[0],
        held.address(sealed.salts)[0],
        held.address(sealed.salts_known)[0],
        sealed.salts_known_first,
        *(
            held.aligned(column, width)
            for column, width in ((sealed.classes, 4), (sealed.received_us, 8), (sealed.seqs, 8))
        ),
    )


def leaves_of(sealed: Sealed) -> bytes:
    """As formats.record.sealed.leaves_of: 32 bytes a record, joined; RecordError where the columns are bad."""
    loaded = library()
    if loaded is None:
        return reference.leaves_of(sealed)
    sealed.check()
    leaves = bytearray(_LEAF_BYTES * sealed.count)
    with Held() as held:
        status = loaded.affidavit_leaves(
            ctypes.byref(records(sealed, held)),
            ctypes.c_int64(sealed.count),
            ctypes.c_void_p(held.address(leaves, writable=True)[0]),
        )
    if status == BAD_OFFSETS:
        raise bad_offsets()
    if status == _NO_CUT:
        raise reference.no_cut()
    if status == _LONG_NAMES:
        raise RecordError("the names of a record are longer than any may be", code=CODE)
    return bytes(leaves)
