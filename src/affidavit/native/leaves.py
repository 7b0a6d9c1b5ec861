"""Leaf hashes and query columns of a batch: what sealing and verifying spend their time on."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record import queried as reference
from affidavit.formats.record.queried import Examined
from affidavit.formats.record.sealed import no_cut, not_so_many
from affidavit.formats.record.strings import CODE, bad_offsets
from affidavit.native.library import BAD_OFFSETS, NO_CUT, Held, library
from affidavit.native.queried import columns
from affidavit.native.strings import Structure, structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from affidavit.formats.record.queried import Queried
    from affidavit.formats.record.sealed import Sealed

_LONG_NAMES = -3
_LEAF_BYTES = 32


class _Records(ctypes.Structure):
    """kernel_records in leaves.h."""

    _fields_ = (
        *((name, Structure) for name in ("kind", "mapper", "source")),
        ("ids", ctypes.c_void_p),
        ("salts", ctypes.c_void_p),
        ("salts_known", ctypes.c_void_p),
        ("salts_known_first", ctypes.c_int64),
        ("classes", ctypes.c_void_p),
        ("received_us", ctypes.c_void_p),
        ("seqs", ctypes.c_void_p),
    )


def leaves_of(sealed: Sealed) -> bytes:
    """As formats.record.sealed.leaves_of: 32 bytes a record, joined; RecordError where the columns are bad."""
    return b"".join(piece.leaves for piece in examined(sealed, None))


def examined(sealed: Sealed, queried: Queried | None) -> Iterator[Examined]:
    """As formats.record.queried.examined; a record that is not in doubt has exactly the columns that are derived."""
    loaded = library()
    if loaded is None:
        yield from reference.examined(sealed, queried)
        return
    left = sealed.count
    with Held() as held:
        records = ctypes.byref(_records(sealed, held))
        words = None if queried is None else ctypes.byref(columns(queried, held))
        if queried is not None and queried.count != sealed.count:
            raise not_so_many(sealed.count)
        for parts in sealed.parts.pieces():
            first = sealed.count - left
            left -= parts.count
            if left < 0:
                break
            leaves, certain = bytearray(_LEAF_BYTES * parts.count), bytearray(parts.count)
            with Held() as piece:
                status = loaded.affidavit_leaves(
                    records,
                    words,
                    ctypes.byref(structure(parts, piece)),
                    ctypes.c_int64(first),
                    ctypes.c_int64(parts.count),
                    ctypes.c_void_p(piece.address(leaves, writable=True)[0]),
                    ctypes.c_void_p(piece.address(certain, writable=True)[0]),
                )
            _check(status)
            doubts = [row for row, sure in enumerate(certain) if not sure] if 0 in certain else ()
            yield Examined(parts, bytes(leaves), doubts)
    if left:
        raise not_so_many(sealed.count)


def _records(sealed: Sealed, held: Held) -> _Records:
    sealed.check()
    return _Records(
        *(structure(column, held) for column in (sealed.kind, sealed.mapper, sealed.source)),
        held.address(sealed.ids)[0],
        held.address(sealed.salts)[0],
        held.address(sealed.salts_known)[0],
        sealed.salts_known_first,
        *(
            held.aligned(column, width)
            for column, width in ((sealed.classes, 4), (sealed.received_us, 8), (sealed.seqs, 8))
        ),
    )


def _check(status: int) -> None:
    if status == BAD_OFFSETS:
        raise bad_offsets()
    if status == NO_CUT:
        raise no_cut()
    if status == _LONG_NAMES:
        raise RecordError("the names of a record are longer than any may be", code=CODE)
