"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root as the text of a signed note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.merkle import HASH_BYTES
from affidavit.formats.tlog.note import SignedBy, Verifier, open_note
from affidavit.formats.tlog.text import MAX_SIZE, decode_base64, decode_decimal, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIXED_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment."""

    origin: str
    """The log's identity: by convention an address without scheme, as in `audit.example.com/log/default`."""
    size: int
    """Leaves in the tree."""
    root: bytes
    """The RFC 6962 root of the tree."""
    extensions: tuple[str, ...] = ()
    """Opaque further lines; this log writes none."""

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(char < " " for char in line):
                raise LogFormatError("a checkpoint's lines are not empty and hold no control characters")
        if not 0 <= self.size <= MAX_SIZE:
            raise LogFormatError(f"a tree has between 0 and 2^63 - 1 leaves, not {self.size}")
        if len(self.root) != HASH_BYTES:
            raise LogFormatError(f"a root has {HASH_BYTES} bytes, not {len(self.root)}")

    def body(self) -> bytes:
        """The note text: origin, size, root and extensions, a line each."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        try:
            return "".join(f"{line}\n" for line in lines).encode()
        except UnicodeEncodeError as error:
            raise LogFormatError("a checkpoint's line has no UTF-8 form") from error


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint whose required signatures, and all others of known keys, have been verified."""

    checkpoint: Checkpoint
    signed_by: tuple[SignedBy, ...]


def parse_checkpoint(body: bytes) -> Checkpoint:
    """The checkpoint that a note's text spells; LogFormatError says which rule other text breaks."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise LogFormatError("the checkpoint is not UTF-8") from error
    lines = text.split("\n")
    if len(lines) <= _FIXED_LINES or lines.pop() != "":
        raise LogFormatError("a checkpoint has at least three lines, each ending with a newline")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        decode_decimal(size, what="the checkpoint's size"),
        decode_base64(root, what="the checkpoint's root"),
        tuple(extensions),
    )


def open_checkpoint(
    note: bytes,
    verifiers: Iterable[Verifier],
    *,
    witnesses: Iterable[Verifier] = (),
    origin: str | None = None,
) -> OpenedCheckpoint:
    """The checkpoint in `note`, once every one of `verifiers` is found to have signed it.

    All of `verifiers` must have signed, so that nobody can strip the stronger of a log's two signatures; one
    of `witnesses` may be missing, but where it signed, its signature must verify. `origin`, where given, is
    the only log that is accepted. VerificationError otherwise, LogFormatError where the bytes are no
    checkpoint at all.
    """
    required = tuple(verifiers)
    opened = open_note(note, (*required, *witnesses))
    checkpoint = parse_checkpoint(opened.text)
    if origin is not None and checkpoint.origin != origin:
        raise VerificationError(
            f"the checkpoint is of {checkpoint.origin!r}, not of {origin!r}", code="note-origin"
        )
    signers = {signed.key for signed in opened.signed_by}
    for verifier in required:
        if verifier.key not in signers:
            raise VerificationError(
                f"{verifier.key.name} did not sign with key {verifier.key.key_id.hex()}", code="note-unsigned"
            )
    return OpenedCheckpoint(checkpoint, opened.signed_by)
