"""A log in memory that signs whatever it is told to, a fork of itself included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.merkle import leaf_hashes
from affidavit.formats.tlog.note import format_note
from affidavit.formats.tlog.tree import Frontier, consistency_proof
from affidavit.formats.tlog.witnessing import AddCheckpoint, format_request

if TYPE_CHECKING:
    from affidavit.formats.tlog.tiles import Tile

ORIGIN = "example.com/log"


class SignedLog:
    """Its leaves follow from `salt`, its key from `seed`: another salt is a fork, another seed a forger."""

    def __init__(self, *, seed: bytes = b"L", origin: str = ORIGIN, salt: str = "") -> None:
        self.signer = Ed25519Signer(SigningKey(origin, KeyType.ED25519, seed * 32))
        self.origin = origin
        self._salt = salt

    def leaves(self, size: int) -> bytes:
        """The leaf hashes of the tree of that size, joined."""
        return leaf_hashes(f"{self._salt}{number}".encode() for number in range(size))

    def note(self, size: int) -> bytes:
        """The signed checkpoint of that size."""
        root = Frontier.empty().append(self.leaves(size))[0].root()
        body = Checkpoint(self.origin, size, root).body()
        return format_note(body, [self.signer.sign(body)])

    def request(self, old: int, size: int) -> bytes:
        """The add-checkpoint request from one size to another."""
        proof: list[bytes] = []
        if 0 < old < size:
            tiles: dict[Tile, bytes] = dict(Frontier.empty().append(self.leaves(size))[1])
            proof = consistency_proof(old, size, tiles.__getitem__)
        return format_request(AddCheckpoint(old, tuple(proof), self.note(size)))
