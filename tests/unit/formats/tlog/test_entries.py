"""Entry bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.entries import decode_bundle, encode_bundle


def test_a_bundle_is_lengths_and_entries() -> None:
    """An entry stands behind its length as two bytes, big-endian."""
    assert encode_bundle([b"abc", b"", b"x" * 258]) == b"\x00\x03abc\x00\x00\x01\x02" + b"x" * 258


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    """Decoding returns what was encoded."""
    assert decode_bundle(encode_bundle(entries), width=len(entries)) == entries


@given(st.binary(max_size=400), st.integers(0, 256))
def test_garbage_bundles_raise_only_our_error(data: bytes, width: int) -> None:
    """Bytes either are the one spelling of so many entries, or are refused."""
    try:
        entries = decode_bundle(data, width=width)
    except LogFormatError:
        return
    assert (len(entries), encode_bundle(entries)) == (width, data)


@pytest.mark.parametrize(
    ("data", "width"),
    [(b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01a", 2), (b"\x00\x01a\x00\x01b", 1), (b"\x00\x01a\x00", 1)],
)
def test_broken_bundles_are_refused(data: bytes, width: int) -> None:
    """A bundle that is cut, too short or too long is no bundle."""
    with pytest.raises(LogFormatError):
        decode_bundle(data, width=width)


def test_what_fits_no_bundle_is_refused() -> None:
    """Entries of 64 KiB and bundles of 257 entries have no form."""
    assert len(encode_bundle([bytes(65_535)])) == 65_537
    with pytest.raises(LogFormatError):
        encode_bundle([bytes(65_536)])
    with pytest.raises(LogFormatError):
        encode_bundle([b""] * 257)
