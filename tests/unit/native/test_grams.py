"""Threes of bytes: the library and Python find the same, and a text that holds a word is never passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.native.grams import BITMAP_BYTES, add, add_plain, may_hold

TEXTS = st.binary(max_size=40) | st.binary(min_size=4090, max_size=4100) | st.text("abAB@[é").map(str.encode)


@given(st.lists(TEXTS, max_size=4))
def test_the_library_does_as_python_does(texts: list[bytes]) -> None:
    """The same bits, also where a text ends at the edge of what is looked at together."""
    fast, plain = bytearray(BITMAP_BYTES), bytearray(BITMAP_BYTES)
    for text in texts:
        add(text, fast)
        add_plain(text, plain)
    assert fast == plain
    assert any(fast) == any(len(text) >= 3 for text in texts)


@given(st.binary(max_size=9000), st.integers(0, 9000), st.integers(0, 60))
def test_what_a_text_holds_it_may_hold(text: bytes, start: int, length: int) -> None:
    """In whatever case, at every place, together with anything else that it holds."""
    bitmap = bytearray(BITMAP_BYTES)
    add(text.swapcase(), bitmap)
    assert may_hold(bitmap, [text[start : start + length].lower(), text[-8:].lower()])


def test_a_word_that_is_not_there_is_told() -> None:
    """Nothing but threes that are there: `ana` and `nan` of `banana` make `anana`, so that stays possible."""
    bitmap = bytearray(BITMAP_BYTES)
    add(b"a banana", bitmap)
    assert may_hold(bitmap, [b"ananana"])
    assert not may_hold(bitmap, [b"banana", b"cherry"])
    assert may_hold(bitmap, [b"", b"zz"]), "too short to tell"


def test_only_a_whole_bitmap_is_written_to() -> None:
    """The library could not know where it ends."""
    with pytest.raises(ValueError, match="8 bytes"):
        add(b"abc", bytearray(8))
