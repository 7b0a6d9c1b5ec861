"""Kept checkpoints: each was signed by the keys of its time, is of this very tree, and was stamped when it says.

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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.x509 import Certificate

    from affidavit.evidence.key_history import KeyHistory
    from affidavit.formats.rfc3161 import Timestamp
    from affidavit.formats.tlog.tiles import Tile

_US = 1_000_000


class Kept(NamedTuple):
    """A kept checkpoint that holds."""

    size: int
    signed_us: int
    """When it was signed, by the log's clock, to the second."""
    stamp: Timestamp | None
    """What an authority that the caller trusts says; None where none does."""


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
