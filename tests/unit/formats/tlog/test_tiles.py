"""Names of tiles and bundles, and how wide they are."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.tiles import Bundle, Tile, bundle_at, grown_tiles, parse_path, tile_at, tiles_of


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(2, 1234067, 112), "tile/2/x001/x234/067.p/112"),
        (Tile(63, 999, 1), "tile/63/999.p/1"),
        (Tile(0, 1000, 255), "tile/0/x001/000.p/255"),
        (Bundle(0, 1), "tile/entries/000.p/1"),
        (Bundle(1234067), "tile/entries/x001/x234/067"),
    ],
)
def test_paths_of_the_specification(found: Tile | Bundle, path: str) -> None:
    """Each tile and bundle has the one path that C2SP tlog-tiles gives it."""
    assert found.path == path
    assert parse_path(path) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/x/000",
        "tile/entry/000",
        "tile/entries/0/000",
        "tile/0/../000",
        "tile/0/٣٤٥",
        "tile/0/" + "x999/" * 400 + "999",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    """A respelled path or one outside the limits names nothing."""
    with pytest.raises(LogFormatError):
        parse_path(path)


@given(st.integers(0, 63), st.integers(0, 2**64 - 1), st.integers(1, 256))
@example(0, 2**64 - 1, 256)
def test_every_path_reads_back(level: int, index: int, width: int) -> None:
    """Formatting and parsing are inverse."""
    assert parse_path(Tile(level, index, width).path) == Tile(level, index, width)
    assert parse_path(Bundle(index, width).path) == Bundle(index, width)


@given(st.text() | st.from_regex(r"\Atile/[0-9a-z]{1,8}/[x0-9/]{0,20}(\.p/[0-9]{0,4})?\Z"))
def test_garbage_paths_raise_only_our_error(path: str) -> None:
    """Whatever is asked for over HTTP is either a tile, spelled exactly so, or an error of ours."""
    try:
        found = parse_path(path)
    except LogFormatError:
        return
    assert found.path == path


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_growth_in_two_steps_writes_what_is_left(size1: int, more: int) -> None:
    """The tiles of the larger tree are those of the smaller that are full, and those that growth writes."""
    size2 = size1 + more
    before, written, after = set(tiles_of(size1)), set(grown_tiles(size1, size2)), set(tiles_of(size2))
    assert after <= before | written
    assert written <= after
    assert not any(tile.width == 256 for tile in before & written)


@pytest.mark.parametrize(
    ("level", "index", "size"), [(0, 1, 256), (1, 0, 255), (0, -1, 9), (-1, 0, 9), (0, 0, -1), (0, 0, 0)]
)
def test_empty_tiles_do_not_exist(level: int, index: int, size: int) -> None:
    """There is no tile beyond the tree, nor one without hashes."""
    with pytest.raises(LogFormatError):
        tile_at(level, index, size=size)


def test_widths_follow_the_size() -> None:
    """A tile is as wide as the tree makes it, and bundles are as wide as tiles of level 0."""
    assert tile_at(0, 273, size=70_000) == Tile(0, 273, 112)
    assert tile_at(1, 1, size=70_000) == Tile(1, 1, 17)
    assert tile_at(0, 0, size=70_000) == Tile(0, 0)
    assert bundle_at(273, size=70_000) == Bundle(273, 112)
