"""Conformance with the test vectors of the age specification's own project (C2SP CCTV)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import AgeError
from affidavit.formats.age.armor import decode_armor
from affidavit.formats.age.file import AgeReader, decrypt
from affidavit.formats.age.scrypt import ScryptIdentity
from affidavit.formats.age.x25519 import X25519Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.formats.age.recipient import Identity

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors" / "age"
OUT_OF_SCOPE = "AGE-SECRET-KEY-PQ-"
"""Identities of the post-quantum recipient type, which is not implemented: they are out of scope."""
CODES = {
    "header failure": "age-header",
    "HMAC failure": "age-hmac",
    "no match": "age-no-match",
    "payload failure": "age-payload",
    "armor failure": "age-armor",
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the shared test vectors are not beside this checkout"
)


@dataclass(frozen=True)
class Vector:
    """One file of the vectors: what it expects, the keys to try, and the age file itself."""

    expect: str
    payload_sha256: str
    identities: list[Identity]
    file: bytes
    is_armored: bool


def names(*, hybrid: bool) -> list[str]:
    """The vectors whose keys are, or are not, of the post-quantum type."""
    found = [path.name for path in sorted(FOLDER.glob("*")) if path.is_file()]
    return [name for name in found if (OUT_OF_SCOPE in keys(name)) == hybrid]


def keys(name: str) -> str:
    """The header of a vector as text."""
    return (FOLDER / name).read_bytes().partition(b"\n\n")[0].decode()


def load(name: str) -> Vector:
    """The vector `name`, decompressed."""
    head, _, file = (FOLDER / name).read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\n")]
    fields = dict(pairs)
    made: dict[str, Callable[[str], Identity]] = {
        "identity": X25519Identity.parse,
        "passphrase": ScryptIdentity,
    }
    return Vector(
        expect=fields["expect"],
        payload_sha256=fields.get("payload", ""),
        identities=[made[key](value) for key, value in pairs if key in made],
        file=zlib.decompress(file) if fields.get("compressed") == "zlib" else file,
        is_armored=fields.get("armored") == "yes",
    )


@pytest.mark.parametrize("name", names(hybrid=False))
def test_age_vector(name: str) -> None:
    """Every vector for X25519 and passphrases opens to its payload, or fails in the way that it names."""
    vector = load(name)
    if vector.expect == "success":
        file = decode_armor(vector.file) if vector.is_armored else vector.file
        assert sha256(decrypt(file, vector.identities)).hexdigest() == vector.payload_sha256
        return
    with pytest.raises(AgeError) as caught:
        decrypt(decode_armor(vector.file) if vector.is_armored else vector.file, vector.identities)
    assert caught.value.code == CODES[vector.expect]


@pytest.mark.parametrize("name", [name for name in names(hybrid=False) if not name.startswith("armor_")])
def test_age_vector_at_random_access(name: str) -> None:
    """Random access accepts and refuses the same files as reading them whole."""
    vector = load(name)

    def read_all() -> bytes:
        reader = AgeReader.open(
            lambda start, end: vector.file[start:end],
            file_bytes=len(vector.file),
            identities=vector.identities,
        )
        return b"".join(reader.read(at, at + 50_000) for at in range(0, reader.size_bytes, 50_000))

    if vector.expect == "success":
        assert sha256(read_all()).hexdigest() == vector.payload_sha256
        return
    with pytest.raises(AgeError) as caught:
        read_all()
    assert caught.value.code == CODES[vector.expect]


@pytest.mark.parametrize("name", names(hybrid=True))
def test_hybrid_identities_are_refused_by_name(name: str) -> None:
    """The post-quantum recipient type is out of scope: its identities are refused, not misread."""
    with pytest.raises(AgeError) as caught:
        load(name)
    assert caught.value.code == "age-key"
