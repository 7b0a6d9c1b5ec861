"""Compressed bodies come out whole, in bounded memory, and end in one of this project's errors otherwise."""

from __future__ import annotations

import gzip
import os
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import BodyError
from affidavit.intake.decompress import decompressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY = 1 << 30

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
encodings = st.sampled_from(sorted(COMPRESS))


def _chunked(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _until_error(chunks: list[bytes], encoding: str, *, limit_bytes: int = MANY) -> tuple[bytes, str]:
    """(what came out, the code of the error or nothing)."""
    out = bytearray()
    try:
        for piece in decompressed(chunks, encoding, limit_bytes=limit_bytes):
            out += piece
    except BodyError as error:
        return bytes(out), error.code
    return bytes(out), ""


@given(st.lists(st.binary(max_size=3000), max_size=4), encodings, st.integers(1, 700))
def test_what_was_compressed_comes_out(parts: list[bytes], encoding: str, size: int) -> None:
    """Members and frames one after another are one body, however it is cut into chunks."""
    packed = b"".join(COMPRESS[encoding](part) for part in parts)
    assert _until_error(_chunked(packed, size), encoding) == (b"".join(parts), "")


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_an_uncompressed_body_passes_as_it_is(encoding: str | None) -> None:
    """No encoding means identity."""
    assert list(decompressed([b"ab", b"", b"c"], encoding, limit_bytes=3)) == [b"ab", b"c"]


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x" * 1000])
def test_another_encoding_is_refused_at_once(encoding: str) -> None:
    """The sender learns what is read before the body is."""
    with pytest.raises(BodyError) as refused:
        decompressed(iter(()), encoding, limit_bytes=MANY)
    assert refused.value.code == "unsupported-encoding"
    assert "gzip" in refused.value.hint


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_cut_body_yields_what_is_good_and_then_fails(encoding: str) -> None:
    """Whatever was whole before the cut can still be kept."""
    first, second = os.urandom(50_000), os.urandom(300_000)
    packed = COMPRESS[encoding](first) + COMPRESS[encoding](second)
    out, code = _until_error(_chunked(packed[:-1000], 4096), encoding)
    assert code == "bad-compression"
    assert out.startswith(first)
    assert (first + second).startswith(out)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_corrupt_body_fails_after_what_is_good(encoding: str) -> None:
    """A flipped byte in the second member does not take the first along."""
    first = os.urandom(10_000)
    packed = bytearray(COMPRESS[encoding](first) + COMPRESS[encoding](b"second" * 100))
    packed[len(COMPRESS[encoding](first))] ^= 0xFF
    out, code = _until_error([bytes(packed)], encoding)
    assert (out, code) == (first, "bad-compression")


@given(st.binary(max_size=200), st.sampled_from(["gzip", "zstd"]))
def test_garbage_is_never_an_error_of_anybody_else(garbage: bytes, encoding: str) -> None:
    """Only BodyError comes out."""
    _until_error([garbage], encoding)


@given(st.binary(min_size=1, max_size=400), st.sampled_from(["gzip", "zstd"]), st.data())
def test_a_mutated_stream_is_never_an_error_of_anybody_else(
    content: bytes, encoding: str, data: st.DataObject
) -> None:
    """The same for a stream that was almost right."""
    packed = bytearray(COMPRESS[encoding](content))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    _until_error([bytes(packed)], encoding)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_a_bomb_ends_at_the_limit(encoding: str) -> None:
    """Exactly as much as is allowed comes out, then the error; one byte less is no bomb."""
    packed = COMPRESS[encoding](bytes(3_000_000))
    code = "body-too-large" if encoding == "identity" else "decompression-bomb"
    out, found = _until_error([packed], encoding, limit_bytes=2_999_999)
    assert (len(out), found) == (2_999_999, code)
    assert _until_error([packed], encoding, limit_bytes=3_000_000) == (bytes(3_000_000), "")


def _zeros(encoding: str) -> Iterator[bytes]:
    """A body of 256 MiB of zeros."""
    if encoding == "gzip":
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        for _ in range(256):
            yield packer.compress(bytes(1 << 20))
        yield packer.flush()
    else:
        frame = zstandard.ZstdCompressor().compressobj()
        for _ in range(256):
            yield frame.compress(bytes(1 << 20))
        yield frame.flush()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_no_step_puts_out_much(encoding: str) -> None:
    """One chunk that stands for 256 MiB comes out in pieces that memory does not notice."""
    packed = b"".join(_zeros(encoding))
    largest = total = 0
    for piece in decompressed([packed], encoding, limit_bytes=MANY):
        largest = max(largest, len(piece))
        total += len(piece)
    assert total == 1 << 28
    assert largest <= 8 << 20


def test_zeros_may_pad_gzip() -> None:
    """Tapes and some writers pad the last block."""
    assert _until_error([gzip.compress(b"x"), bytes(10), bytes(5)], "gzip") == (b"x", "")
