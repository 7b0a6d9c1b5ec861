"""Events out of a JSON body: NDJSON, an array, one object, or a vendor's envelope around a list of events.

Each event keeps its exact original bytes. What separates events is dropped: white space, commas, the
brackets of an array, and an envelope's own members (`{"kind": "EventList", "items": [`). NDJSON streams in
the memory of one line; any other document is held whole, up to a limit. Nothing raises: what is no JSON is
refused verbatim, or, where it is a line of its own, left to the mapper to refuse.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Literal

from affidavit.intake.framing import BLANK, LINE_BYTES, Piece, Rejected, lines, rejected, strip_bom
from affidavit.intake.json_scan import TOKEN, elements, is_json, list_in
from affidavit.intake.salvage import list_start, salvaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOCUMENT_BYTES = 64 << 20
"""The longest body that is no NDJSON."""

_MANY_BLANKS = 1 << 12
_OBJECT = ord("{")
_VALUE_STARTS = b'{["-0123456789tfn'


def pieces(
    chunks: Iterable[bytes],
    *,
    framing: Literal["json", "lines"],
    envelope: str | None = None,
    line_bytes: int = LINE_BYTES,
    document_bytes: int = DOCUMENT_BYTES,
) -> Iterator[Piece | Rejected]:
    """The events of a body, framed as its source type says."""
    if framing == "lines":
        return lines(chunks, line_bytes=line_bytes)
    return documents(chunks, envelope=envelope, line_bytes=line_bytes, document_bytes=document_bytes)


def documents(
    chunks: Iterable[bytes],
    *,
    envelope: str | None = None,
    line_bytes: int = LINE_BYTES,
    document_bytes: int = DOCUMENT_BYTES,
) -> Iterator[Piece | Rejected]:
    """The events of a JSON body; `envelope` is the member that holds them where the vendor wraps them."""
    opener = _Opener(envelope, line_bytes)
    offset, rest = strip_bom(chunks)
    head, end, line, blank_bytes = _head(rest, document_bytes)
    offset += blank_bytes
    document = _is_document(head, end)
    body = chain((head,), rest)
    if document:
        yield from _whole(body, opener, line=line, offset=offset, document_bytes=document_bytes)
        return
    needle = opener.needle
    for piece in lines(
        body,
        line_bytes=document_bytes,
        piece_bytes=line_bytes,
        code="document-too-large",
        line=line,
        offset=offset,
    ):
        data = piece.data
        plain = data[0] == _OBJECT and (needle is None or needle not in data) and len(data) <= line_bytes
        if plain or isinstance(piece, Rejected):
            yield piece
        else:
            yield from opener.opened(data, line=piece.line, offset=piece.offset)


def _head(chunks: Iterator[bytes], document_bytes: int) -> tuple[bytes, int, int, int]:
    """(the beginning of the body, where its first line ends or -1, that line's number, bytes before it).

    Reads until a second line begins that is not blank, or until it is clear that none is needed.
    """
    held, line, blank_bytes, end = bytearray(), 1, 0, -1
    for chunk in chunks:
        if not held:
            head = chunk.lstrip(BLANK)
            blank = len(chunk) - len(head)
            line += chunk.count(b"\n", 0, blank)
            blank_bytes += blank
            end = head.find(b"\n")
            if not head:
                continue
            if head[0] not in b"[{" or (end >= 0 and head[end : end + _MANY_BLANKS].strip()):
                return head, end, line, blank_bytes  # in one chunk already, and not copied
        else:
            head = chunk
            if end < 0:
                found = chunk.find(b"\n")
                end = found if found < 0 else len(held) + found
        held += head
        if len(held) > document_bytes or (
            end >= 0 and (len(held) - end > _MANY_BLANKS or held[end:].strip())
        ):
            break
    return bytes(held), end, line, blank_bytes


def _is_document(head: bytes, end: int) -> bool:
    """Whether a body that begins so is one value over many lines, and not NDJSON."""
    if head[:1] not in (b"[", b"{") or end < 0:
        return False
    following = head[end : end + _MANY_BLANKS].strip()[:1]
    return following != b"" and not is_json(head[:end]) and _continues(head[:end], following)


def _continues(first: bytes, following: bytes) -> bool:
    """Whether the line `first` is the beginning of a value that may go on with the byte `following`."""
    open_brackets = []
    for token in TOKEN.findall(first):
        if token == b'"':
            return False  # a string that does not end on its line
        if token in b"[{":
            open_brackets.append(token)
        elif token in b"]}" and (not open_brackets or (open_brackets.pop() == b"[") != (token == b"]")):
            return False
    if not open_brackets:
        return False
    last = first.rstrip()[-1:]
    if last == b":":
        return following in _VALUE_STARTS
    if open_brackets[-1] == b"{":
        return following in {b"{": b'"}', b",": b'"'}.get(last, b",}:")
    return following in {b"[": _VALUE_STARTS + b"]", b",": _VALUE_STARTS}.get(last, b",]")


def _whole(
    body: Iterator[bytes], opener: _Opener, *, line: int, offset: int, document_bytes: int
) -> Iterator[Piece | Rejected]:
    """The events of one document that is held whole, or its bytes refused where it is too large."""
    held = bytearray()
    for chunk in body:
        held += chunk
        if len(held) > document_bytes:
            too_large = chain((bytes(held),), body)
            del held
            yield from _too_large(
                too_large, line=line, offset=offset, piece_bytes=opener.line_bytes, limit_bytes=document_bytes
            )
            return
    text = bytes(held)
    del held
    yield from opener.opened(text, line=line, offset=offset, document=True)


def _too_large(
    body: Iterator[bytes], *, line: int, offset: int, piece_bytes: int, limit_bytes: int
) -> Iterator[Rejected]:
    held = bytearray()
    reason = f"not NDJSON, and longer than {limit_bytes} bytes"
    for chunk in body:
        held += chunk
        if len(held) > piece_bytes:
            kept_bytes = 1 + (len(held) - 1) % piece_bytes
            data = bytes(held[:-kept_bytes])
            yield from rejected(
                data,
                line=line,
                offset=offset,
                code="document-too-large",
                reason=reason,
                piece_bytes=piece_bytes,
                last=False,
            )
            offset += len(data)
            del held[:-kept_bytes]
    yield from rejected(
        bytes(held),
        line=line,
        offset=offset,
        code="document-too-large",
        reason=reason,
        piece_bytes=piece_bytes,
    )


class _Opener:
    """Takes the events out of one JSON value that may be an array or an envelope."""

    def __init__(self, envelope: str | None, line_bytes: int) -> None:
        self.line_bytes = line_bytes
        self.needle = None if envelope is None else b'"%b"' % envelope.encode()
        """A line that is an envelope holds this."""
        self._envelope = envelope

    def opened(
        self, data: bytes, *, line: int, offset: int, document: bool = False
    ) -> Iterator[Piece | Rejected]:
        """The events in `data`, which begins at that place and is a line of NDJSON, or a whole document."""
        text = data.strip()
        offset += len(data) - len(data.lstrip())
        listed = list_in(text, self._envelope)
        if listed is not None:
            for at, lines_before, value in elements(text, listed):
                yield from self._sized(value, line=line + lines_before, offset=offset + at)
            return
        if is_json(text) or not (document or list_start(text, self._envelope) is not None):
            yield from self._sized(text, line=line, offset=offset)
            return
        parts = salvaged(text, envelope=self._envelope, line=line, offset=offset, piece_bytes=self.line_bytes)
        refused: list[Rejected] = []
        for part in parts:
            if isinstance(part, Rejected):
                refused.append(part)
                continue
            yield from refused
            refused.clear()
            yield from self._salvaged(part)
            document = True
        if document:
            yield from refused
        else:  # a line without anything good is the mapper's to refuse
            yield from self._sized(text, line=line, offset=offset)

    def _salvaged(self, part: Piece) -> Iterator[Piece | Rejected]:
        """A value that was found whole in a broken document; one of several may be an array or envelope."""
        listed = list_in(part.data, self._envelope)
        if listed is None:
            yield from self._sized(part.data, line=part.line, offset=part.offset)
            return
        for at, lines_before, value in elements(part.data, listed):
            yield from self._sized(value, line=part.line + lines_before, offset=part.offset + at)

    def _sized(self, data: bytes, *, line: int, offset: int) -> Iterator[Piece | Rejected]:
        """One event, unless it is too long to be one."""
        if len(data) <= self.line_bytes:
            yield Piece(data, line, offset)
        else:
            yield from rejected(
                data,
                line=line,
                offset=offset,
                code="line-too-long",
                reason=f"longer than {self.line_bytes} bytes",
                piece_bytes=self.line_bytes,
            )
