"""Where values begin and end in JSON text, without decoding them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
"""A string, a bracket, or a quote that nothing ends."""

_QUOTE = ord('"')
_CLOSES = {ord("{"): ord("}"), ord("["): ord("]")}
_GAP = re.compile(rb"[\s,]*")
_SCALAR = re.compile(rb'[^\s,\[\]{}"]+')
_WRAPPER = frozenset({"kind", "apiVersion", "metadata"})
"""What an envelope without events may hold and still be one."""

_decode_any = msgspec.json.Decoder(msgspec.Raw).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_REFUSALS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def is_json(text: bytes) -> bool:
    """Whether `text` is one JSON value; strings are not checked to be UTF-8."""
    try:
        _decode_any(text)
    except _REFUSALS:
        return False
    return True


def list_in(text: bytes, envelope: str | None) -> tuple[int, list[msgspec.Raw]] | None:
    """(where its list begins, the list's values) of an array, or of an object with that list; else None."""
    try:
        if text[:1] == b"[":
            return 0, _decode_list(text)
        if text[:1] == b"{" and envelope is not None and envelope.encode() in text:
            return _enveloped(text, envelope)
    except _REFUSALS:
        pass
    return None


def _enveloped(text: bytes, envelope: str) -> tuple[int, list[msgspec.Raw]] | None:
    held = _decode_members(text)
    inner = bytes(held[envelope]) if envelope in held else b""
    if inner[:1] != b"[":
        return None
    values = _decode_list(inner)
    if values or not held.keys() - _WRAPPER - {envelope}:
        member = re.compile(rb'"%b"\s*:\s*(?=\[)' % re.escape(envelope.encode()))
        for found in member.finditer(text):
            if text.startswith(inner, found.end()):
                return found.end(), values
    return None


def elements(text: bytes, listed: tuple[int, list[msgspec.Raw]]) -> Iterator[tuple[int, int, bytes]]:
    """(offset in `text`, line feeds before it, original bytes) of each value of the list."""
    at, values = listed
    lines_before = text.count(b"\n", 0, at)
    at, seen = at + 1, at
    for value in values:
        data = bytes(value)
        at = after_gap(text, at)
        lines_before += text.count(b"\n", seen, at)
        seen = at
        yield at, lines_before, data
        at += len(data)


def after_gap(text: bytes, at: int) -> int:
    """The next place from `at` that is neither blank nor a comma."""
    gap = _GAP.match(text, at)
    return at if gap is None else gap.end()


def value_end(text: bytes, at: int, *, end: int) -> int:
    """Where the value that begins at `at` ends, its brackets matched; -1 where it does not before `end`."""
    first = text[at : at + 1]
    if first not in (b"{", b"[", b'"'):
        scalar = _SCALAR.match(text, at, end)
        return scalar.end() if scalar else at + 1
    closing = bytearray()
    for token in TOKEN.finditer(text, at, end):
        kind = text[token.start()]
        if kind in _CLOSES:
            closing.append(_CLOSES[kind])
            continue
        if kind != _QUOTE:
            if not closing or closing.pop() != kind:
                return -1
        elif token.end() - token.start() == 1:
            return -1
        if not closing:
            return token.end()
    return -1
