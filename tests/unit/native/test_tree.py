"""The root above a tile: the library and the reference agree, also on what is no tile."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import AffidavitError
from affidavit.formats.tlog.tree import subtree_root as reference
from affidavit.native.tree import subtree_root


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 32, 64, 128, 256])
def test_the_library_gives_the_root_of_the_reference(width: int) -> None:
    """Every width that a perfect subtree within a tile has."""
    hashes = os.urandom(32 * width)
    assert subtree_root(hashes) == reference(hashes)


@given(st.integers(0, 40 * 32))
def test_any_length_is_answered_as_by_the_reference(size_bytes: int) -> None:
    """The same root, or the same refusal."""
    hashes = os.urandom(size_bytes)
    try:
        meant: object = reference(hashes)
    except (AffidavitError, ValueError, IndexError) as error:
        meant = type(error)
    try:
        found: object = subtree_root(hashes)
    except (AffidavitError, ValueError, IndexError) as error:
        found = type(error)
    assert found == meant
