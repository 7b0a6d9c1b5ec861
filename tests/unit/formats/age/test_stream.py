"""The payload chunk by chunk: how it is sealed, how long it may be, and what of it a read touches."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError
from affidavit.formats.age.stream import ChunkReader, decrypt_chunks, encrypt_chunks, plain_size

KEY = b"k" * 32
CHUNK, SEALED = 65_536, 65_552
DATA = b"".join(number.to_bytes(4, "big") for number in range(80_000))
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 4 * CHUNK, len(DATA)]


def opened(sealed: bytes, asked: list[tuple[int, int]], *, before: int = 0) -> ChunkReader:
    """A reader of the chunks behind `before` bytes, which notes what is read."""

    def read(start: int, end: int) -> bytes:
        asked.append((start - before, end - before))
        return sealed[start:end]

    return ChunkReader(KEY, read, start=before, end=len(sealed))


@pytest.mark.parametrize("size", SIZES)
def test_chunks_are_sealed_as_the_specification_has_it(size: int) -> None:
    """Each by its number of eleven bytes and whether it is the last."""
    sealed = encrypt_chunks(KEY, DATA[:size], before=b"before")
    assert sealed.startswith(b"before")
    last = max(1, -(-size // CHUNK)) - 1
    plain = b""
    for number in range(last + 1):
        chunk = sealed[6:][number * SEALED : (number + 1) * SEALED]
        nonce = number.to_bytes(11, "big") + bytes([number == last])
        plain += ChaCha20Poly1305(KEY).decrypt(nonce, chunk, None)
    assert plain == DATA[:size]
    assert len(sealed) == 6 + size + 16 * (last + 1)
    assert encrypt_chunks(KEY, DATA[:size]) == sealed[6:]
    assert decrypt_chunks(KEY, sealed[6:]) == DATA[:size]


@pytest.mark.parametrize(
    ("sealed_bytes", "plain_bytes"),
    [
        (-1, None),
        (0, None),
        (15, None),
        (16, 0),
        (17, 1),
        (SEALED, CHUNK),
        (SEALED + 1, None),
        (SEALED + 15, None),
        (SEALED + 16, None),  # an empty chunk behind a whole one
        (SEALED + 17, CHUNK + 1),
        (2 * SEALED, 2 * CHUNK),
        (2 * SEALED + 16, None),
        (2 * SEALED + 17, 2 * CHUNK + 1),
    ],
)
def test_how_long_a_payload_is(sealed_bytes: int, plain_bytes: int | None) -> None:
    """Every chunk has its tag, and only the first may be empty."""
    if plain_bytes is not None:
        assert plain_size(sealed_bytes) == plain_bytes
        return
    with pytest.raises(AgeError) as caught:
        plain_size(sealed_bytes)
    assert caught.value.code == "age-payload"


@pytest.mark.parametrize("size", SIZES)
def test_a_payload_reads_back_at_any_place(size: int) -> None:
    """Within a chunk, over the edge of two, over all, and beyond the end."""
    sealed = b"x" * 9 + encrypt_chunks(KEY, DATA[:size])
    reader = opened(sealed, [], before=9)
    assert reader.size_bytes == size
    places = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 3 * CHUNK + 7, size - 1, size)
    for start in places:
        for end in (start - 1, start, start + 1, start + CHUNK, start + 2 * CHUNK + 1, size, size + 5):
            meant = DATA[:size][max(start, 0) : max(end, 0)]
            assert reader.read(start, end) == meant, (start, end)
    assert reader.read(-5, 3) == DATA[:size][:3]


def test_what_a_read_touches() -> None:
    """The last chunk on opening; then the chunks of the range in one go, but none that are still held."""
    asked: list[tuple[int, int]] = []
    sealed = encrypt_chunks(KEY, DATA)
    reader = opened(sealed, asked)
    last = len(DATA) // CHUNK
    assert asked == [(last * SEALED, len(sealed))]

    def touched(start: int, end: int) -> list[tuple[int, int]]:
        asked.clear()
        assert reader.read(start, end) == DATA[start:end]
        return list(asked)

    tail = last * CHUNK
    assert touched(tail, len(DATA)) == []
    assert touched(0, 5) == [(0, SEALED)]
    assert touched(CHUNK - 5, CHUNK) == []  # the same chunk again
    assert touched(CHUNK, CHUNK + 5) == [(SEALED, 2 * SEALED)]
    assert touched(0, 5) == [(0, SEALED)]
    assert touched(0, 0) == touched(9, 3) == touched(len(DATA), len(DATA) + 9) == []
    assert touched(1, CHUNK + 1) == [(0, 2 * SEALED)]
    assert touched(CHUNK + 9, CHUNK + 19) == []  # it was opened for its beginning
    assert touched(CHUNK, 3 * CHUNK) == [(SEALED, 3 * SEALED)]
    assert touched(tail - 1, tail + 1) == [((last - 1) * SEALED, last * SEALED)]
    assert touched(0, len(DATA)) == [(0, last * SEALED)]


@pytest.mark.parametrize("at", [0, SEALED - 1, SEALED, 2 * SEALED, -17, -1])
def test_the_altered_chunk_is_named(at: int) -> None:
    """By its number, or as the last."""
    sealed = bytearray(encrypt_chunks(KEY, DATA[: 2 * CHUNK + 5]))
    sealed[at] ^= 1
    number = (at % len(sealed)) // SEALED
    said = "the last chunk of" if number == 2 else f"chunk {number} of"
    with pytest.raises(AgeError, match=f"^{said} the payload was altered") as caught:
        decrypt_chunks(KEY, bytes(sealed))
    assert caught.value.code == "age-payload"
    for start, end in ((number * CHUNK, number * CHUNK + 1), (0, 2 * CHUNK + 5)):
        with pytest.raises(AgeError, match=f"^{said}"):
            opened(bytes(sealed), []).read(start, end)


def test_chunks_cut_off_at_their_edge() -> None:
    """Whole chunks alone are no payload: the last says that it is the last."""
    sealed = encrypt_chunks(KEY, DATA[: 3 * CHUNK])
    for cut in (sealed[:SEALED], sealed[: 2 * SEALED], sealed[SEALED:]):
        with pytest.raises(AgeError):
            decrypt_chunks(KEY, cut)
        with pytest.raises(AgeError):
            opened(cut, [])
