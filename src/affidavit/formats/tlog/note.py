"""Signed notes (C2SP signed-note): text, an empty line, and one line a signature.

Parsing says nothing about trust: only the text of an OpenedNote was signed by a key the caller knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.keys import KEY_ID_BYTES, VerifierKey, check_key_name
from affidavit.formats.tlog.text import decode_base64, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NOTE_BYTES = 1 << 20
"""Longer notes are refused unread."""
MAX_SIGNATURES = 128
"""Notes with more signatures are refused; the specification asks for at least 16."""
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who signed, with which key, and the bytes, whose meaning the key's type defines."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note, newline included."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that is well-formed; nothing about it has been verified."""

    text: bytes
    """The signed bytes, final newline included."""
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A signature that verified."""

    key: VerifierKey
    time_s: int | None
    """Seconds since 1970 that the signature states; None where its type states none."""


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with at least one verified signature of a known key, and none that failed."""

    text: bytes
    signed_by: tuple[SignedBy, ...]
    """In the order of the note; a key may appear more than once."""


class Verifier(Protocol):
    """Checks the signatures of one key."""

    @property
    def key(self) -> VerifierKey:
        """The key whose signatures this checks."""
        ...

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """The time that a valid signature states, or None; VerificationError for any other signature."""
        ...


def format_note(text: bytes, signatures: Iterable[NoteSignature]) -> bytes:
    """The note that carries `text` and `signatures` in this order; LogFormatError where no note can."""
    lines = "".join(signature.line() for signature in signatures)
    note = text + b"\n" + lines.encode()
    if parse_note(note).text != text:
        raise LogFormatError("a note's text must end with a newline")
    return note


def parse_note(data: bytes) -> Note:
    """The note that `data` spells; LogFormatError says which rule other bytes break."""
    if len(data) > MAX_NOTE_BYTES:
        raise LogFormatError(f"a note of {len(data)} bytes exceeds {MAX_NOTE_BYTES}")
    try:
        content = data.decode()
    except UnicodeDecodeError as error:
        raise LogFormatError("the note is not UTF-8") from error
    if _CONTROL.search(content) is not None:
        raise LogFormatError("the note holds a control character")
    text, blank, lines = content.rpartition("\n\n")
    if not blank:
        raise LogFormatError("the note has no empty line before its signatures")
    if not lines.endswith("\n"):
        raise LogFormatError("the note does not end with a signature line")
    signature_lines = lines[:-1].split("\n")
    if len(signature_lines) > MAX_SIGNATURES:
        raise LogFormatError(f"the note has more than {MAX_SIGNATURES} signatures")
    return Note(f"{text}\n".encode(), tuple(parse_signature_line(line) for line in signature_lines))


def parse_signature_line(line: str) -> NoteSignature:
    """The signature that a line without its newline spells."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise LogFormatError("a signature line is an em dash, a name and base64, with one space between")
    check_key_name(name)
    data = decode_base64(encoded, what="a signature")
    if len(data) <= KEY_ID_BYTES:
        raise LogFormatError("a signature is shorter than its key id")
    return NoteSignature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def open_note(data: bytes, verifiers: Iterable[Verifier]) -> OpenedNote:
    """The note's text, once signatures of known keys prove it.

    Signatures of unknown keys are ignored. VerificationError where no known key signed (`note-unsigned`), or
    where any signature under the name and id of a known key does not verify (`note-bad-signature`).
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        key = verifier.key
        if known.setdefault((key.name, key.key_id), verifier).key != key:
            raise LogFormatError(f"two known keys share the name {key.name} and the id {key.key_id.hex()}")
    note = parse_note(data)
    signed_by = []
    for line in note.signatures:
        match = known.get((line.name, line.key_id))
        if match is not None:
            signed_by.append(SignedBy(match.key, match.verify(note.text, line.signature)))
    if not signed_by:
        raise VerificationError("no known key signed the note", code="note-unsigned")
    return OpenedNote(note.text, tuple(signed_by))
