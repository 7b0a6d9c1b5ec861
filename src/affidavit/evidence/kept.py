"""Kept checkpoints: each was signed by the keys of its time, is of this very tree, and was stamped when it says.

And all that the log states to be kept are there, as they were then.

Pure: takes notes, tokens and the stored tiles, returns what differs.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import AffidavitError
from affidavit.evidence.report import Difference
from affidavit.formats.rfc3161 import held_certificates, verify_token
from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tree import root_from_tiles
from affidavit.ledger.history import CHECKPOINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cryptography.x509 import Certificate

    from affidavit.evidence.key_history import KeyHistory
    from affidavit.formats.rfc3161 import Timestamp
    from affidavit.formats.tlog.kept import KeptCheckpoint
    from affidavit.formats.tlog.tiles import Tile

_US = 1_000_000
_SIZE = 20
"""Digits of the size in a file's name."""


class Kept(NamedTuple):
    """A kept checkpoint that holds."""

    size: int
    signed_us: int
    """When it was signed, by the log's clock, to the second."""
    stamp: Timestamp | None
    """What an authority that the caller trusts says; None where none does."""


class Stated(NamedTuple):
    """A kept checkpoint that a sealed record states."""

    at: int
    """That record's index."""
    checkpoint: KeptCheckpoint


def check_names(
    names: Iterable[str], *, handovers: Iterable[int], stated: Iterable[Stated]
) -> list[Difference]:
    """What is kept, by the files' names: everything that is meant to be there, and nothing that is not.

    Every timestamp has its checkpoint, every handover is kept, and so is what was stated. Below the largest checkpoint
    that was stated there are no others.
    """
    held = set(names)
    meant = {_name(size, "note"): "" for size in handovers}
    meant |= {f"{name[:_SIZE]}.note": "" for name in held if name[:_SIZE].isdigit()}
    stated_sizes = set()
    for at, checkpoint in stated:
        stated_sizes.add(checkpoint.size)
        meant[_name(checkpoint.size, "note")] = f", and record {at} states it"
        if checkpoint.stamp is not None:
            meant[_name(checkpoint.size, "tsr")] = f", and record {at} states it"
    differences = [
        Difference("kept-missing", CHECKPOINTS + name, f"is not there{why}")
        for name, why in sorted(meant.items())
        if name not in held
    ]
    known = {name for name in held if name[:_SIZE].isdigit() and name[_SIZE:] in (".note", ".tsr")}
    differences += [
        Difference("file-unknown", CHECKPOINTS + name, "is not a checkpoint") for name in sorted(held - known)
    ]
    end = max(stated_sizes, default=0)
    notes = (name for name in sorted(known) if name.endswith(".note"))
    return differences + [
        Difference("kept-unstated", CHECKPOINTS + name, "is not among those that the log states to be kept")
        for name in notes
        if int(name[:_SIZE]) < end and int(name[:_SIZE]) not in stated_sizes
    ]


def check_stated(stated: Stated, note: bytes, answer: bytes | None) -> list[Difference]:
    """What is kept is what the record states; that nothing is missing is for `check_names`."""
    at, checkpoint = stated
    where = f"kept checkpoint {checkpoint.size}"
    if sha256(note).hexdigest() != checkpoint.note:
        return [Difference("kept-differs", where, f"is not the one that record {at} states")]
    if answer is None or sha256(answer).hexdigest() == checkpoint.stamp:
        return []
    what = "has no timestamp" if checkpoint.stamp is None else "has another timestamp"
    return [Difference("kept-differs", where, f"{what} in what record {at} states")]


def _name(size: int, suffix: str) -> str:
    return f"{size:0{_SIZE}}.{suffix}"


def check_kept(  # noqa: PLR0913 - what is kept and what it is held against
    size: int,
    note: bytes,
    token: bytes | None,
    *,
    keys: KeyHistory,
    read_tile: Callable[[Tile], bytes],
    roots: Sequence[Certificate],
) -> tuple[Kept | None, list[Difference]]:
    """The checkpoint of that size, None where it does not hold, and everything that is wrong with it.

    Without `roots` a token is held against its own certificates, which shows whether it was altered and proves nothing
    about time.
    """
    where = f"kept checkpoint {size}"
    try:
        opened = open_checkpoint(note, map(verifier_of, keys.at(size)))
        root = root_from_tiles(size, read_tile) if opened.checkpoint.size == size else b""
    except AffidavitError as error:
        return None, [Difference(error.code, where, str(error))]
    if opened.checkpoint.size != size:
        return None, [Difference("kept-misplaced", where, f"is of size {opened.checkpoint.size}")]
    if opened.checkpoint.root != root:
        return None, [
            Difference(
                "root-differs", where, f"has another root than the stored tiles, which give {root.hex()}"
            )
        ]
    signed_us = max((signed.time_s or 0 for signed in opened.signed_by), default=0) * _US
    stamp = None
    if token is not None:
        try:
            stamp = verify_token(token, sha256(note).digest(), roots=roots or held_certificates(token))
        except AffidavitError as error:
            return None, [Difference(error.code, where, f"the timestamp does not hold: {error}")]
    return Kept(size, signed_us, stamp if roots else None), []
