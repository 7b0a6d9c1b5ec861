"""Which three bytes stand beside each other in a text, so that it need not be read for a word that it cannot hold."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.native.library import Held, library

if TYPE_CHECKING:
    from typing_extensions import Buffer

BITMAP_BYTES = (1 << 17) // 8
"""Of logs with many identifiers a quarter of the bits are set, so hardly a word of ten letters passes by chance."""
_SHORTEST = 3


def add(text: Buffer, bitmap: bytearray) -> None:
    """Sets the bits of all threes of the text, A-Z taken as a-z, in a bitmap of BITMAP_BYTES."""
    if len(bitmap) != BITMAP_BYTES:
        raise ValueError(f"a bitmap of {len(bitmap)} bytes")
    loaded = library()
    if loaded is None:
        add_plain(text, bitmap)
        return
    with Held() as held:
        address, size_bytes = held.address(text)
        loaded.affidavit_grams(
            ctypes.c_void_p(address),
            ctypes.c_int64(size_bytes),
            ctypes.c_void_p(held.address(bitmap, writable=True)[0]),
        )


def add_plain(text: Buffer, bitmap: bytearray) -> None:
    """`add`, in Python."""
    for place in places(bytes(text)):
        bitmap[place >> 3] |= 1 << (place & 7)


def may_hold(bitmap: bytes | bytearray, needles: list[bytes]) -> bool:
    """Whether a text with these threes can hold all the needles; they have no A-Z."""
    return all(bitmap[place >> 3] >> (place & 7) & 1 for needle in needles for place in places(needle))


def places(text: bytes) -> set[int]:
    """The bits of all threes of the text; none where it is shorter."""
    text = text.lower()
    threes = {text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1)}
    return {(int.from_bytes(three, "little") * 0x9E3779B1 & 0xFFFFFFFF) >> 15 for three in threes}
