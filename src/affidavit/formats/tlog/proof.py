"""Offline proofs (C2SP tlog-proof): that an entry is in a log, as one text file.

The file carries the entry's index, its audit path and the checkpoint, but not the entry: whoever verifies
brings that, and the keys to trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.checkpoint import OpenedCheckpoint, open_checkpoint
from affidavit.formats.tlog.merkle import HASH_BYTES, verify_inclusion
from affidavit.formats.tlog.text import MAX_SIZE, decode_base64, decode_decimal, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.tlog.note import Verifier

SUFFIX = ".tlog-proof"
"""How the name of such a file ends."""
_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The content of a proof file; nothing about it has been verified."""

    index: int
    """The leaf's position in the log, from 0."""
    hashes: tuple[bytes, ...]
    """The audit path, the leaf's sibling first."""
    checkpoint: bytes
    """The signed note, verbatim."""
    extra: bytes | None = None
    """What the producer added; no signature covers it."""


def format_proof(proof: TlogProof) -> bytes:
    """The proof file; LogFormatError where a value has no place in one."""
    if not 0 <= proof.index <= MAX_SIZE:
        raise LogFormatError(f"no leaf has the index {proof.index}")
    _check_hashes(proof.hashes)
    lines = [_HEADER]
    if proof.extra is not None:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += map(encode_base64, proof.hashes)
    return "\n".join((*lines, "", "")).encode() + proof.checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """The content of a proof file; LogFormatError says which rule other bytes break."""
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise LogFormatError("the proof has no empty line before its checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LogFormatError("the proof is not ASCII text") from error
    if lines.pop(0) != _HEADER:
        raise LogFormatError(f"a proof starts with the line {_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), what="the proof's extra data")
    if not lines or not lines[0].startswith("index "):
        raise LogFormatError("the proof names no index")
    index = decode_decimal(lines.pop(0).removeprefix("index "), what="the proof's index")
    hashes = tuple(decode_base64(line, what="a hash of the proof") for line in lines)
    _check_hashes(hashes)
    return TlogProof(index, hashes, checkpoint, extra)


def verify_proof(
    proof: TlogProof,
    *,
    leaf_hash: bytes,
    verifiers: Iterable[Verifier],
    witnesses: Iterable[Verifier] = (),
    origin: str | None = None,
) -> OpenedCheckpoint:
    """The checkpoint under which the leaf is proven; see open_checkpoint for `verifiers` and `witnesses`."""
    opened = open_checkpoint(proof.checkpoint, verifiers, witnesses=witnesses, origin=origin)
    verify_inclusion(
        index=proof.index,
        size=opened.checkpoint.size,
        leaf_hash=leaf_hash,
        proof=proof.hashes,
        root=opened.checkpoint.root,
    )
    return opened


def _check_hashes(hashes: tuple[bytes, ...]) -> None:
    if len(hashes) > _MAX_HASHES:
        raise LogFormatError(f"a proof of {len(hashes)} hashes exceeds {_MAX_HASHES}")
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise LogFormatError(f"a hash of {len(value)} bytes stands where {HASH_BYTES} are due")
