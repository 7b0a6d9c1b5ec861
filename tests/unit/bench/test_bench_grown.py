"""The log that proofs are measured on: made fast, and still a true tree that the product takes for its own."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

from tests.running.server import AFFIDAVIT

from affidavit.assembly.initialise import initialise
from affidavit.assembly.layout import LOG
from affidavit.assembly.local import local_services
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.tree import check_root, check_tiles, levels
from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.proof import parse_proof, verify_proof
from affidavit.formats.tlog.signing import verifier_of
from affidavit.ledger.log import Log
from affidavit.storage.local import LocalStore

sys.path.insert(0, str(Path(__file__).parents[3]))
grown = importlib.import_module("bench.grown")


def test_every_tile_belongs_to_the_signed_root(tmp_path: Path) -> None:
    """Level by level each tile hashes to what stands above it, and the sealer publishes that root, signed."""
    data = tmp_path / "data"
    keys = initialise(data, origin="log.harborline.example/bench").verifier_keys
    assert (
        grown.grow(data, 70_000) == 69_888
    )  # full tiles of level 0: one unit of 65,536 and a part of another
    with local_services(data):
        pass  # a sealer began, held the stored tiles to the head, and published
    log = Log(LocalStore(data / "tenants" / DEFAULT_TENANT), LOG)
    checkpoint = open_checkpoint(log.checkpoint(), map(verifier_of, keys)).checkpoint
    assert checkpoint.size == 69_888
    assert check_root(log.read_tile, checkpoint.size, checkpoint.root) == []
    assert [count for _, count in levels(checkpoint.size)] == [273, 2, 1]
    for level, count in levels(checkpoint.size):
        assert check_tiles(log.read_tile, checkpoint.size, level, 0, count) == []
    for index in (0, 65_535, 69_887):  # a proof is read from tiles alone: there are no records
        words = [str(AFFIDAVIT), "proof", str(index), "--data", str(data)]
        proof = parse_proof(subprocess.run(words, check=True, capture_output=True).stdout)
        leaf = log.read_tile(grown.Tile(0, index // 256))[index % 256 * 32 :][:32]
        verify_proof(proof, leaf_hash=leaf, verifiers=map(verifier_of, keys))
    leaves = b"".join(log.read_tile(grown.Tile(0, n)) for n in range(273))
    assert len({leaves[at : at + 32] for at in range(0, len(leaves), 32)}) == 69_888
