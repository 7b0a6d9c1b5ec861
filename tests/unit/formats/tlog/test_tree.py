"""The growing tree and the proofs from its tiles, held against a slow tree that spells out RFC 6962."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    leaf_hashes,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from affidavit.formats.tlog.tiles import Tile, grown_tiles, right_edge, tiles_of
from affidavit.formats.tlog.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    root_from_tiles,
    subtree_root,
)

LEAVES = [sha256(b"leaf %d" % number).digest() for number in range(70_000)]
ALL = b"".join(LEAVES)
SIZES = st.one_of(st.integers(1, 40), st.integers(200, 800), st.integers(65_500, 65_600), st.just(70_000))


def slow_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(slow_root(leaves[:half]), slow_root(leaves[half:]))


def slow_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return [*slow_path(index, leaves[:half]), slow_root(leaves[half:])]
    return [*slow_path(index - half, leaves[half:]), slow_root(leaves[:half])]


def slow_subproof(size1: int, leaves: list[bytes], *, complete: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if size1 == len(leaves):
        return [] if complete else [slow_root(leaves)]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if size1 <= half:
        return [*slow_subproof(size1, leaves[:half], complete=complete), slow_root(leaves[half:])]
    return [*slow_subproof(size1 - half, leaves[half:], complete=False), slow_root(leaves[:half])]


def store_of(size: int) -> dict[Tile, bytes]:
    """The tiles of the tree of `size` leaves, appended at once."""
    return dict(Frontier.empty().append(ALL[: 32 * size])[1])


STORE = store_of(70_000)


def test_the_known_roots_of_eight_leaves() -> None:
    """The roots of the Certificate Transparency sample leaves come out as published."""
    entries = [
        bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
    ]
    entries.append(bytes(range(0x60, 0x70)))
    roots = [Frontier.empty().append(leaf_hashes(entries[:size]))[0].root().hex() for size in range(9)]
    assert roots[0] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert roots[1] == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert roots[2] == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert roots[8] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_leaf_hashes_are_those_of_the_entries() -> None:
    """Hashing by the batch is hashing one by one."""
    assert leaf_hashes([b"a", b"", b"c"]) == leaf_hash(b"a") + leaf_hash(b"") + leaf_hash(b"c")


@given(st.lists(st.integers(0, 700), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_batching_gives_the_same_tree(batches: list[int]) -> None:
    """However leaves are batched, root, edge and stored tiles are those of the tree as a whole."""
    frontier = Frontier.empty()
    stored: dict[Tile, bytes] = {}
    for count in batches:
        grown, tiles = frontier.append(ALL[32 * frontier.size : 32 * (frontier.size + count)])
        assert [tile for tile, _ in tiles] == list(grown_tiles(frontier.size, grown.size))
        stored.update(tiles)
        frontier = grown
    size = sum(batches)
    assert frontier.size == size
    assert frontier.root() == slow_root(LEAVES[:size])
    assert root_from_tiles(size, stored.__getitem__) == frontier.root()
    assert Frontier.from_tiles(size, stored.__getitem__) == frontier
    whole = store_of(size)
    assert {tile: stored[tile] for tile in whole} == whole
    assert list(whole) == list(tiles_of(size))


def test_seventy_thousand_leaves_tile_as_in_the_specification() -> None:
    """The size that the tiles specification works through gives the tiles it names."""
    assert sum(tile.level == 0 and tile.width == 256 for tile in STORE) == 273
    assert sum(tile.level == 1 and tile.width == 256 for tile in STORE) == 1
    assert right_edge(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert root_from_tiles(70_000, STORE.__getitem__) == slow_root(LEAVES)


def test_each_full_tile_is_one_hash_of_the_level_above() -> None:
    """What a monitor checks between levels holds: subtree_root of a tile is its hash in the parent."""
    for tile, hashes in STORE.items():
        if tile.width == 256:
            index, place = divmod(tile.index, 256)
            parent = next(
                data for above, data in STORE.items() if (above.level, above.index) == (tile.level + 1, index)
            )
            assert parent[32 * place : 32 * place + 32] == subtree_root(hashes)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_inclusion_proofs_from_tiles(size: int, data: st.DataObject) -> None:
    """Every leaf of every tree has a proof that verifies, as RFC 6962 defines it, from few tiles."""
    index = data.draw(st.integers(0, size - 1))
    asked: list[Tile] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        return tiles[tile]

    tiles = STORE if size == 70_000 else store_of(size)
    proof = inclusion_proof(index, size, read)
    root = root_from_tiles(size, tiles.__getitem__)
    verify_inclusion(index=index, size=size, leaf_hash=LEAVES[index], proof=proof, root=root)
    assert len(asked) == len(set(asked)) <= 6
    if size < 1000:
        assert proof == slow_path(index, LEAVES[:size])
    with pytest.raises(VerificationError):
        verify_inclusion(index=index, size=size, leaf_hash=sha256(b"other").digest(), proof=proof, root=root)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_consistency_proofs_from_tiles(size2: int, data: st.DataObject) -> None:
    """Between any two sizes there is a proof that verifies, as RFC 6962 defines it."""
    size1 = data.draw(st.integers(1, size2))
    tiles = STORE if size2 == 70_000 else store_of(size2)
    proof = consistency_proof(size1, size2, tiles.__getitem__)
    root1 = Frontier.empty().append(ALL[: 32 * size1])[0].root()
    root2 = root_from_tiles(size2, tiles.__getitem__)
    verify_consistency(size1=size1, size2=size2, root1=root1, root2=root2, proof=proof)
    if size2 < 1000:
        assert proof == slow_subproof(size1, LEAVES[:size2])
    with pytest.raises(VerificationError):
        verify_consistency(size1=size1, size2=size2, root1=EMPTY_ROOT, root2=root2, proof=proof)


@given(st.integers(-2, 20), st.integers(-2, 20), st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_made_up_proofs_are_refused_with_our_errors(
    one: int,
    two: int,
    proof: list[bytes],
    pad: bool,
) -> None:
    """Numbers and hashes that nobody computed never verify, and raise nothing foreign."""
    hashes = [value.ljust(32)[:32] for value in proof] if pad else proof
    ours = (LogFormatError, VerificationError)
    with pytest.raises(ours):
        verify_inclusion(index=one, size=two, leaf_hash=bytes(32), proof=hashes, root=b"r" * 32)
    with pytest.raises(ours):
        verify_consistency(size1=one, size2=two, root1=b"a" * 32, root2=b"b" * 32, proof=hashes)


def test_a_full_tile_may_stand_for_a_partial_one() -> None:
    """Once a tile is full its partial forms can go: older trees still prove everything from it."""
    kept = {(tile.level, tile.index): data for tile, data in STORE.items()}

    def read(tile: Tile) -> bytes:
        return kept[tile.level, tile.index]

    assert root_from_tiles(300 - 44, read) == slow_root(LEAVES[:256])
    assert inclusion_proof(3, 200, read) == slow_path(3, LEAVES[:200])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, -1)])
def test_no_inclusion_proof_for_what_is_not_there(index: int, size: int) -> None:
    """A leaf outside the tree has no proof."""
    with pytest.raises(LogFormatError):
        inclusion_proof(index, size, STORE.__getitem__)


@pytest.mark.parametrize(("size1", "size2"), [(0, 5), (6, 5), (-1, 5)])
def test_no_consistency_proof_without_an_earlier_tree(size1: int, size2: int) -> None:
    """The empty tree, and a later one, are not where a consistency proof starts."""
    with pytest.raises(LogFormatError):
        consistency_proof(size1, size2, STORE.__getitem__)


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    """A truncated tile is an error of its own, not a wrong root."""
    with pytest.raises(LogFormatError, match=r"tile/0/000\.p/5 holds 31 bytes"):
        root_from_tiles(5, lambda _: bytes(31))
    with pytest.raises(LogFormatError):
        root_from_tiles(-5, lambda _: bytes(31))


def test_leaf_hashes_of_odd_length_are_refused() -> None:
    """A batch that is no whole number of hashes is refused before anything is written."""
    with pytest.raises(LogFormatError):
        Frontier.empty().append(bytes(33))
    with pytest.raises(LogFormatError):
        subtree_root(bytes(33))
