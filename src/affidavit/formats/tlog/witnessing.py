"""What a log and a witness say to each other (C2SP tlog-witness, add-checkpoint).

    old <size>                     the size that the witness is taken to know
    <base64 of a hash>             the consistency proof from there, at most 63 lines
                                   an empty line
    <the signed checkpoint>        verbatim

The answer is signature lines, or with status 409 the size that the witness knows.
"""

from __future__ import annotations

from dataclasses import dataclass

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.merkle import HASH_BYTES
from affidavit.formats.tlog.note import MAX_SIGNATURES, NoteSignature, parse_signature_line
from affidavit.formats.tlog.text import MAX_SIZE, decode_base64, decode_decimal, encode_base64

MAX_HASHES = 63
"""No two trees need more between them."""
SIZE_TYPE = "text/x.tlog.size"
"""The media type of the answer that states a size."""
_OLD = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign; nothing about it has been verified."""

    old_size: int
    """Of the tree that the proof starts from; 0 where the log knows of none."""
    proof: tuple[bytes, ...]
    """RFC 6962 consistency proof; empty from 0, and where the size stays."""
    checkpoint: bytes
    """The signed note, verbatim."""


def format_request(request: AddCheckpoint) -> bytes:
    """The request's body; LogFormatError where a value has no place in one."""
    if not 0 <= request.old_size <= MAX_SIZE:
        raise LogFormatError(f"no tree has the size {request.old_size}")
    _check_proof(request.proof)
    lines = (f"{_OLD}{request.old_size}", *map(encode_base64, request.proof), "", "")
    return "\n".join(lines).encode() + request.checkpoint


def parse_request(data: bytes) -> AddCheckpoint:
    """The request that a body spells; LogFormatError says which rule other bytes break."""
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise LogFormatError("the request has no empty line before its checkpoint")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LogFormatError("the request is not ASCII text before its checkpoint") from error
    if not first.startswith(_OLD):
        raise LogFormatError("a request begins with the line `old`, a space and a size")
    old_size = decode_decimal(first.removeprefix(_OLD), what="the old size")
    proof = tuple(decode_base64(line, what="a hash of the proof") for line in lines)
    _check_proof(proof)
    return AddCheckpoint(old_size, proof, checkpoint)


def parse_cosignatures(data: bytes) -> tuple[NoteSignature, ...]:
    """The signature lines of an answer; LogFormatError where it is anything else."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise LogFormatError("the witness's answer is not UTF-8") from error
    *lines, rest = text.split("\n")
    if rest or not 0 < len(lines) <= MAX_SIGNATURES:
        raise LogFormatError(f"a witness answers with 1 to {MAX_SIGNATURES} whole signature lines")
    return tuple(map(parse_signature_line, lines))


def parse_size(data: bytes) -> int:
    """The size that an answer with status 409 states; LogFormatError where it states none."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise LogFormatError("the witness's size is not ASCII text") from error
    if not text.endswith("\n"):
        raise LogFormatError("the witness's size does not end with a newline")
    return decode_decimal(text[:-1], what="the witness's size")


def _check_proof(proof: tuple[bytes, ...]) -> None:
    if len(proof) > MAX_HASHES:
        raise LogFormatError(f"a proof of {len(proof)} hashes exceeds {MAX_HASHES}")
    for value in proof:
        if len(value) != HASH_BYTES:
            raise LogFormatError(f"a hash of {len(value)} bytes stands where {HASH_BYTES} are due")
