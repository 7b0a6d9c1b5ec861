"""The archive that is written: an ordinary ZIP whose every byte follows from its members."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from hashlib import sha256

import pytest

from affidavit.core.errors import UsageError
from affidavit.formats.bundle.pack import MAX_BYTES, Packed, joined

FOUR_GIB = 1 << 32


def deflated(data: bytes) -> bytes:
    """At the fastest level, without a header."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def text(seed: int, words: int) -> bytes:
    """Something that packs about as records do."""
    draw = random.Random(seed)
    return b" ".join(b"%x" % draw.randrange(3000) for _ in range(words))


def test_every_byte_is_as_the_format_has_it() -> None:
    """Version 2.0, UNIX, deflated, first of January 1980, readable by its owner, no extra field, no comment."""
    first, second = text(1, 2000), b"{}"
    middle = [
        struct.pack("<5H3I", 20, 0, 8, 0, 0x21, zlib.crc32(data), len(deflated(data)), len(data))
        for data in (first, second)
    ]
    file = b"PK\x03\x04" + middle[0] + struct.pack("<2H", 11, 0) + b"records.bin" + deflated(first)
    at = len(file)
    file += b"PK\x03\x04" + middle[1] + struct.pack("<2H", 13, 0) + b"manifest.json" + deflated(second)
    start = len(file)
    made_by = struct.pack("<BB", 20, 3)
    mode = 0o100600 << 16
    file += (
        b"PK\x01\x02" + made_by + middle[0] + struct.pack("<5H2I", 11, 0, 0, 0, 0, mode, 0) + b"records.bin"
    )
    file += (
        b"PK\x01\x02"
        + made_by
        + middle[1]
        + struct.pack("<5H2I", 13, 0, 0, 0, 0, mode, at)
        + b"manifest.json"
    )
    file += b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 2, 2, len(file) - start, start, 0)
    assert joined([Packed("records.bin", first), Packed("manifest.json", second)]) == file


def test_a_member_that_comes_in_pieces_is_the_same() -> None:
    """However it was cut, be it by asking for the digest in between, and beyond what is packed in one go."""
    data = 8 * text(2, 200_000)
    member = Packed("records.bin")
    for at in range(0, len(data), 9999):
        member.write(data[at : at + 9999])
        if at == 9999 * 3:
            assert member.digest == sha256(data[: at + 9999]).hexdigest()
    assert (member.name, member.size, member.digest) == ("records.bin", len(data), sha256(data).hexdigest())
    with zipfile.ZipFile(io.BytesIO(joined([member]))) as archive:
        assert archive.testzip() is None
        assert archive.read("records.bin") == data


def test_a_member_beyond_what_zip_can_say_is_refused() -> None:
    """The last byte that fits, and the first that does not."""
    member = Packed("records.bin")
    member.size = FOUR_GIB - 3
    member.write(b"12")
    assert member.size == MAX_BYTES == FOUR_GIB - 1
    with pytest.raises(UsageError) as caught:
        member.write(b"3")
    assert caught.value.code == "bundle-too-large"


def test_a_whole_beyond_what_zip_can_say_is_refused() -> None:
    """Members that fit one by one, and not together."""

    class Huge(Packed):
        def close(self) -> tuple[bytes, bytes, list[bytes]]:
            middle, name, _ = super().close()
            return middle, name, [bytes(1 << 20)] * (1 << 12)

    with pytest.raises(UsageError) as caught:
        joined([Huge("records.bin")])
    assert caught.value.code == "bundle-too-large"


def test_little_waits_to_be_packed() -> None:
    """A member of gigabytes does not lie in memory as it is."""
    member, piece = Packed("records.bin"), bytes(1 << 16)
    tracemalloc.start()
    try:
        for _ in range(512):
            member.write(piece)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 8 << 20
