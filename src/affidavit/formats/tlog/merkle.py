"""Merkle tree hashing and proof verification: RFC 6962 section 2.1, RFC 9162 sections 2.1.3 and 2.1.4.

Standard library only, so that an offline verifier can carry this file as it is. Two conventions go beyond the
RFCs: a consistency proof from the empty tree is refused, because it would prove nothing, and every hash must
be 32 bytes long.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES = 32
"""Length of every leaf hash, node hash and root."""
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of `entries`, 32 bytes each, joined: what Frontier.append takes."""
    hash_ = sha256
    return b"".join([hash_(b"\x00" + entry).digest() for entry in entries])


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(index: int, *, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return only if `leaf_hash` is leaf `index` of the tree of `size` leaves with this `root`.

    `proof` runs from the leaf's sibling upward. Raises LogFormatError where a value cannot be right in any
    tree, VerificationError where the values do not belong together.
    """
    _check_hashes(leaf_hash, root, *proof)
    if index < 0:
        raise LogFormatError(f"leaf index {index} is negative")
    if index >= size:
        raise VerificationError(f"leaf {index} lies beyond the tree of {size} leaves")
    number, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise VerificationError("the inclusion proof is longer than the path to the root")
        if number & 1 or number == last:
            node = node_hash(sibling, node)
            while not number & 1 and number:  # the node was its own parent on these levels
                number >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        number >>= 1
        last >>= 1
    if last:
        raise VerificationError("the inclusion proof is shorter than the path to the root")
    if node != root:
        raise VerificationError(f"leaf {index} is not in the tree with root {root.hex()}")


def verify_consistency(size1: int, *, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Return only if the tree of `size1` leaves with `root1` is a prefix of the one of `size2` with `root2`.

    Raises LogFormatError where a value cannot be right in any tree, VerificationError where the later tree
    does not extend the earlier one, or the proof does not show that it does.
    """
    if size1 < 1:
        raise LogFormatError("consistency is defined from a tree of at least one leaf")
    if size1 > size2:
        raise VerificationError(f"the log shrank from {size1} to {size2} leaves")
    if size1 == size2:
        if proof:
            raise VerificationError("trees of one size need an empty consistency proof")
        if root1 != root2:
            raise VerificationError(f"two different roots for the tree of {size1} leaves")
        return  # nothing was hashed, so equality alone decides, whatever the length
    _check_hashes(root1, root2, *proof)
    first, second = _replay_consistency(size1, size2, root1, proof)
    if first != root1:
        raise VerificationError(f"the consistency proof does not lead to the root of {size1} leaves")
    if second != root2:
        raise VerificationError(f"the tree of {size2} leaves does not extend the tree of {size1} leaves")


def _replay_consistency(size1: int, size2: int, root1: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that `proof` leads to, for 0 < size1 < size2 (RFC 9162, section 2.1.4.2)."""
    path = list(proof)
    if size1 & (size1 - 1) == 0:  # the earlier tree is one perfect subtree: its root starts the path
        path.insert(0, root1)
    if not path:
        raise VerificationError("the consistency proof is empty")
    number, last = size1 - 1, size2 - 1
    while number & 1:
        number >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise VerificationError("the consistency proof is longer than the path to the root")
        if number & 1 or number == last:
            first = node_hash(sibling, first)
            second = node_hash(sibling, second)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        number >>= 1
        last >>= 1
    if last:
        raise VerificationError("the consistency proof is shorter than the path to the root")
    return first, second


def _check_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise LogFormatError(f"a hash of {len(value)} bytes stands where {HASH_BYTES} are due")
