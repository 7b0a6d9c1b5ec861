"""What can be kept of a JSON document that is broken: its good events; the rest is refused verbatim.

Brackets and quotes are followed from event to event. Where an event does not end (a quote is missing, or the
document is cut off), the next place is sought at which a comma is followed by a whole object; how far that
search may go is bounded, so that no document costs more than a few times its own reading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.intake.framing import Piece, Rejected, lines, rejected
from affidavit.intake.json_scan import TOKEN, after_gap, is_json, value_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WINDOW_BYTES = 2 << 20
_SEARCH_BYTES = 16 << 20
_COMMA = re.compile(rb",\s*(?=\{)")
_NEW_LINE = re.compile(rb"\n(?=\{)")
_OBJECT, _CLOSING = b"{]"
_PLAUSIBLE = re.compile(rb"\s*(?:,\s*\{|\]\s*(?:\}\s*)?\Z|\Z)")
_REASON = "not JSON, in a document that holds events"


def list_start(text: bytes, envelope: str | None) -> int | None:
    """Where the list of events begins in what may be broken JSON: at `[`, or in the envelope's member."""
    if text[:1] == b"[":
        return 0
    if envelope is None or text[:1] != b"{":
        return None
    member = re.compile(rb'"%b"\s*:\s*\[' % re.escape(envelope.encode()))
    found = member.search(text)
    if found is None:
        return None
    depth = 0
    for token in TOKEN.finditer(text, 0, found.start()):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(token[0], 0)
    return found.end() - 1 if depth == 1 else None


def salvaged(
    text: bytes, *, envelope: str | None, line: int, offset: int, piece_bytes: int
) -> Iterator[Piece | Rejected]:
    """The events of a broken document that begins at that place, and its other bytes refused."""
    if _is_mostly_ndjson(text):
        yield from lines((text,), line_bytes=piece_bytes, line=line, offset=offset)
        return
    seen = 0
    for start, end, good in _joined(_spans(text, _list_to_follow(text, envelope))):
        line += text.count(b"\n", seen, start)
        seen = start
        if good:
            yield Piece(text[start:end], line, offset + start)
        else:
            yield from rejected(
                text[start:end],
                line=line,
                offset=offset + start,
                code="not-json",
                reason=_REASON,
                piece_bytes=piece_bytes,
            )


def _is_mostly_ndjson(text: bytes) -> bool:
    """Whether most lines are whole objects, so that the broken ones must not take them along."""
    count = good = 0
    for one in text.split(b"\n"):
        if one.strip():
            count += 1
            good += one.lstrip()[:1] == b"{" and is_json(one)
    return count > 1 and 2 * good >= count


def _list_to_follow(text: bytes, envelope: str | None) -> int | None:
    """Where the broken list begins; None where the document is rather several whole values in a row."""
    end = value_end(text, 0, end=len(text))
    if end >= 0 and is_json(text[:end]):
        return None
    return list_start(text, envelope)


_Span = tuple[int, int, bool]
"""Start, end, whether it is a whole value."""


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The same with what is refused in a row as one span."""
    held: _Span | None = None
    for span in spans:
        start, end, good = span
        if not good:
            held = (start if held is None else held[0], end, False)
            continue
        if held is not None:
            yield held
            held = None
        yield span
    if held is not None:
        yield held


def _spans(text: bytes, begin: int | None) -> Iterator[_Span]:
    """What stands between the separators, of the list that begins there or of values in a row."""
    at = 0 if begin is None else begin + 1
    boundary = _NEW_LINE if begin is None else _COMMA
    search = _SEARCH_BYTES
    size = len(text)
    while (at := after_gap(text, at)) < size:
        if begin is not None and text[at] == _CLOSING:
            yield from _remains(text, at + 1, within_object=begin > 0)
            return
        end = value_end(text, at, end=min(size, at + _WINDOW_BYTES))
        if end >= 0:
            yield at, end, text[at] == _OBJECT and is_json(text[at:end])
            at = end
            continue
        search -= min(size - at, _WINDOW_BYTES)
        search, cut, resume = _resume(text, at + 1, boundary, search)
        yield at, cut, False
        if resume < 0:
            return
        at = resume


def _remains(text: bytes, at: int, *, within_object: bool) -> Iterator[_Span]:
    """What follows the list: nothing, or the envelope's other members; anything else is refused."""
    after = text[at:].lstrip()
    if after and not (within_object and is_json(b'{"":[]' + after)):
        yield len(text) - len(after), len(text), False


def _resume(text: bytes, at: int, boundary: re.Pattern[bytes], search: int) -> tuple[int, int, int]:
    """(what is left of the search, where the broken value is cut, where a whole one begins or -1)."""
    for found in boundary.finditer(text, at):
        if search <= 0:
            break
        start = found.end()
        window = min(len(text), start + _WINDOW_BYTES)
        end = value_end(text, start, end=window)
        search -= (window if end < 0 else end) - start
        whole = end >= 0 and is_json(text[start:end])
        if whole and (boundary is _NEW_LINE or _PLAUSIBLE.match(text, end)):
            return search, found.start(), start
    return search, len(text), -1
