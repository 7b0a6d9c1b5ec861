"""From parts to leaf: salts, part digests, body, entry and RFC 6962 leaf hash (docs/spec/record.md).

Standard library only, so that an offline verifier can carry this file as it is.
"""

from __future__ import annotations

from hashlib import sha256, sha512
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = ("actor", "detail", "facts", "raw", "target")
"""The parts, in the order in which a body commits to them."""
SALT_BYTES = 16
"""Length of a record salt and of each part's salt."""
VERSION = 1

_SALTS = b"affidavit/salts/v1\n"
_PARTS = {name: f"affidavit/part/v1\n{name}\n".encode() for name in NAMES}
_ACTOR = b"affidavit/part/v1\nactor\n"
_DETAIL = b"affidavit/part/v1\ndetail\n"
_FACTS = b"affidavit/part/v1\nfacts\n" + bytes(SALT_BYTES)
_RAW = b"affidavit/part/v1\nraw\n"
_TARGET = b"affidavit/part/v1\ntarget\n"
_BODY = b"affidavit/body/v1\n"


class Salts(NamedTuple):
    """The salts of the four salted parts; facts are unsalted."""

    actor: bytes
    detail: bytes
    raw: bytes
    target: bytes


def part_salts(record_salt: bytes) -> Salts:
    """The four salts of 16 bytes that follow from a record's salt of 16 bytes."""
    wide = sha512(_SALTS + record_salt).digest()
    return Salts(wide[:16], wide[16:32], wide[32:48], wide[48:])


def part_digest(name: str, salt: bytes, data: bytes) -> bytes:
    """d(name): the 32-byte commitment to one part; absent parts are empty `data`."""
    return sha256(b"".join((_PARTS[name], salt, data))).digest()


def body_digest(  # noqa: PLR0913 - one argument a part, as in the formula
    record_salt: bytes, *, actor: bytes, detail: bytes, facts: bytes, raw: bytes, target: bytes
) -> bytes:
    """The body's 32 bytes from a record's salt and its five parts."""
    wide = sha512(_SALTS + record_salt).digest()
    return sha256(
        b"".join(
            (
                _BODY,
                sha256(b"".join((_ACTOR, wide[:16], actor))).digest(),
                sha256(b"".join((_DETAIL, wide[16:32], detail))).digest(),
                sha256(_FACTS + facts).digest(),
                sha256(b"".join((_RAW, wide[32:48], raw))).digest(),
                sha256(b"".join((_TARGET, wide[48:], target))).digest(),
            )
        )
    ).digest()


def body_of(digests: Iterable[bytes]) -> bytes:
    """The body's 32 bytes from the digests of the five parts, in the order of NAMES."""
    return sha256(_BODY + b"".join(digests)).digest()


def entry(  # noqa: PLR0913 - one argument a member of the entry
    *,
    body: bytes,
    class_uid: int,
    kind: str,
    mapper: str,
    received_us: int,
    record: bytes,
    seq: int,
    source: str,
) -> bytes:
    """The canonical JSON of an entry.

    `body` is 32 bytes, `record` the UUID's 16 bytes, `received_us` microseconds since 1970. `kind`, `mapper`
    and `source` are names of `a-z 0-9 . _ - /`, so nothing in them needs escaping.
    """
    d = record.hex()
    return (
        f'{{"body":"{body.hex()}","class":{class_uid},"kind":"{kind}","mapper":"{mapper}"'
        f',"received":{received_us},"record":"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}"'
        f',"seq":{seq},"source":"{source}","v":{VERSION}}}'
    ).encode()


def leaf_hash(entry_bytes: bytes) -> bytes:
    """RFC 6962, section 2.1: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry_bytes).digest()
