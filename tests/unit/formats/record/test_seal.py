"""The readable way from parts to leaf, held to hashes put together here by the words of docs/spec/record.md."""

from __future__ import annotations

from hashlib import sha256, sha512
from uuid import UUID

from affidavit.formats.record import seal

SALT = bytes(range(16))
PARTS = {"actor": b"a", "detail": b"", "facts": b"f", "raw": b"r\nr", "target": b"t"}


def salts() -> dict[str, bytes]:
    """The salt of each part; facts have zeroes."""
    wide = sha512(b"affidavit/salts/v1\n" + SALT).digest()
    return {
        "actor": wide[:16],
        "detail": wide[16:32],
        "facts": bytes(16),
        "raw": wide[32:48],
        "target": wide[48:],
    }


def digests() -> list[bytes]:
    """The commitment to each part."""
    return [
        sha256(b"affidavit/part/v1\n" + name.encode() + b"\n" + salts()[name] + data).digest()
        for name, data in PARTS.items()
    ]


def test_salts_follow_from_the_records_salt() -> None:
    """Sixteen bytes each, none for facts."""
    assert seal.part_salts(SALT)._asdict() == {
        name: salt for name, salt in salts().items() if name != "facts"
    }
    assert (seal.SALT_BYTES, seal.VERSION) == (16, 1)


def test_parts_are_committed_to_by_name_salt_and_bytes() -> None:
    """In the order of their names."""
    assert list(seal.NAMES) == list(PARTS)
    assert [seal.part_digest(name, salts()[name], data) for name, data in PARTS.items()] == digests()


def test_a_body_follows_from_parts_or_from_their_digests() -> None:
    """The same 32 bytes, so that a part can be withheld and the record still be proved."""
    meant = sha256(b"affidavit/body/v1\n" + b"".join(digests())).digest()
    assert seal.body_digest(SALT, **PARTS) == meant
    assert seal.body_of(digests()) == meant


def test_an_entry_and_its_leaf() -> None:
    """The entry is canonical JSON; the leaf is its hash behind a zero byte."""
    record = UUID("0190163d-8694-739b-9aea-966c26f8ad91")
    entry = seal.entry(
        body=b"\xab" * 32,
        class_uid=3002,
        kind="event",
        mapper="m/1",
        received_us=5,
        record=record.bytes,
        seq=7,
        source="s",
    )
    assert entry == (
        b'{"body":"' + b"ab" * 32 + b'","class":3002,"kind":"event","mapper":"m/1","received":5,"record":"'
        b'0190163d-8694-739b-9aea-966c26f8ad91","seq":7,"source":"s","v":1}'
    )
    assert seal.leaf_hash(entry) == sha256(b"\x00" + entry).digest()
