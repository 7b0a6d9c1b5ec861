"""A log of a hundred million leaves, grown in a minute instead of an hour: the tree is true, the records are not there.

Every leaf hash is 32 random bytes, as different from all others as those of real records are, and every tile of every
level is computed from them and lies in a file of its own at the path that the product gives it; root and checkpoint
follow from the tiles, and the product signs. What is missing is what a leaf would be the hash of: the lake is empty, so
such a log serves tiles, proofs and checkpoints and cannot serve records. Nothing is synced; a crash is no concern here.
"""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

from affidavit.assembly.directory import open_directory
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.signing import sign_checkpoint
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile
from affidavit.formats.tlog.tree import Frontier
from affidavit.ledger.heads import Head, Heads

if TYPE_CHECKING:
    from pathlib import Path

HASH_BYTES = 32
_UNIT = TILE_WIDTH * TILE_WIDTH
"""Leaves below one full tile of level 1: the share of one step of one process."""


def grow(data: Path, leaves: int) -> int:
    """Make the empty log of a data directory, on which no server runs, one of about `leaves`; how many it has.

    Rounded down to full tiles of level 0.
    """
    size = leaves - leaves % TILE_WIDTH
    log = data / "tenants" / DEFAULT_TENANT / "log"
    for level in range(3):  # folders first, so that the processes do not race for them
        for number in range(0, -(-size // TILE_WIDTH ** (level + 1)), 1000):
            (log / Tile(level, number).path).parent.mkdir(parents=True, exist_ok=True)
    shares = [(log, first, min(first + _UNIT, size)) for first in range(0, size, _UNIT)]
    above = Frontier.empty()
    with multiprocessing.get_context("fork").Pool() as pool:
        for hashes in pool.imap(_share, shares, chunksize=1):
            above, tiles = above.append(hashes)
            for tile, content in tiles:
                _write(log, Tile(tile.level + 1, tile.index, tile.width), content)
    _move_head(data, Frontier(size, (b"", *above.edge)))
    return size


def _share(share: tuple[Path, int, int]) -> bytes:
    """Writes the level-0 tiles of a range of leaves; their hashes one level up, joined."""
    log, first, end = share
    leaves = os.urandom((end - first) * HASH_BYTES)
    _, tiles = Frontier.empty().append(leaves)
    for tile, content in tiles:
        if tile.level == 0:
            _write(log, Tile(0, first // TILE_WIDTH + tile.index), content)
    return b"".join(content for tile, content in tiles if tile.level == 1)


def _write(log: Path, tile: Tile, content: bytes) -> None:
    file = log / tile.path
    try:
        file.write_bytes(content)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _move_head(data: Path, frontier: Frontier) -> None:
    """As the sealer does after a commit; at its next start it finds the tiles to have this root, and publishes."""
    directory = open_directory(data)
    try:
        keyring = directory.keyring(DEFAULT_TENANT)
        now_us = directory.clock.now_us()
        heads = Heads(directory.database)
        empty = heads.get(DEFAULT_TENANT)
        checkpoint = sign_checkpoint(
            Checkpoint(keyring.origin, frontier.size, frontier.root()),
            ed25519=keyring.log_signer,
            ml_dsa=keyring.log_cosigner,
            time_s=now_us // 1_000_000,
        )
        head = Head(
            size=frontier.size,
            root=frontier.root(),
            spool_segment=empty.spool_segment if empty else 0,
            spool_offset=empty.spool_offset if empty else 0,
            checkpoint=checkpoint.decode(),
            moved_us=now_us,
        )
        with directory.database.transaction() as connection:
            heads.advance(connection, DEFAULT_TENANT, expected_size=0, head=head)
    finally:
        directory.database.close()
