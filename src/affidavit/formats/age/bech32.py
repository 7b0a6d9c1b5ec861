"""Bech32 (BIP 173) without its length limit: the notation of age keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import AgeError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_CHARS = 6
_BITS = 5


def encode(prefix: str, data: bytes) -> str:
    """The lowercase text of `data` under the lowercase `prefix`."""
    values = _regroup(data, from_bits=8, to_bits=_BITS)
    spare = -len(data) * 8 % _BITS
    if spare:
        values.append((data[-1] << spare) & (2**_BITS - 1))
    residue = _polymod([*_spread(prefix), *values, *[0] * _CHECKSUM_CHARS]) ^ 1
    checksum = [residue >> _BITS * place & 31 for place in reversed(range(_CHECKSUM_CHARS))]
    return f"{prefix}1{''.join(_ALPHABET[value] for value in (*values, *checksum))}"


def decode(text: str) -> tuple[str, bytes]:
    """The prefix, in lower case, and the data of `text`; AgeError for anything but one valid spelling."""
    lower = text.lower()
    if not text.isascii() or text not in (lower, text.upper()):
        raise AgeError("a key mixes upper and lower case, or is not ASCII", code="age-key")
    prefix, _, encoded = lower.rpartition("1")
    if not prefix or " " in prefix or not prefix.isprintable() or len(encoded) < _CHECKSUM_CHARS:
        raise AgeError("a key is a prefix, the digit 1 and characters with a checksum", code="age-key")
    try:
        values = [_VALUES[char] for char in encoded]
    except KeyError as error:
        raise AgeError("a key holds a character that Bech32 does not use", code="age-key") from error
    if _polymod([*_spread(prefix), *values]) != 1:
        raise AgeError("the checksum of a key is wrong: it was mistyped or cut", code="age-key")
    values = values[:-_CHECKSUM_CHARS]
    spare = len(values) * _BITS % 8
    if spare >= _BITS or (spare and values[-1] & (2**spare - 1)):
        raise AgeError("a key ends with bits that belong to no byte", code="age-key")
    return prefix, bytes(_regroup(values, from_bits=_BITS, to_bits=8))


def _regroup(values: Iterable[int], *, from_bits: int, to_bits: int) -> list[int]:
    """The same bits in groups of another width; what does not fill the last group is left out."""
    pool = held_bits = 0
    groups = []
    for value in values:
        pool = pool << from_bits | value
        held_bits += from_bits
        while held_bits >= to_bits:
            held_bits -= to_bits
            groups.append(pool >> held_bits)
            pool &= (1 << held_bits) - 1
    return groups


def _spread(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [*(code >> _BITS for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: Iterable[int]) -> int:
    """The remainder of the checksum code's polynomial division; 1 for a valid text."""
    residue = 1
    for value in values:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << _BITS ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                residue ^= term
    return residue
