"""A query cut into tokens, each with the character it begins at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from affidavit.core.errors import QueryError
from affidavit.lake.predicate import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_QUERY_CHARS = 4096
"""Longer queries are refused."""
_ENDS = frozenset('()"')
_KEYWORDS: dict[str, Literal["or", "and", "not"]] = {"OR": "or", "AND": "and", "NOT": "not"}


@dataclass(frozen=True, kw_only=True)
class Token:
    """`term` carries a pattern and, before a colon, a field; the others are themselves."""

    kind: Literal["(", ")", "or", "and", "not", "term", "end"]
    position: int
    field: str | None = None
    pattern: Pattern = Pattern(("",))
    value_position: int = 0


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query, `end` last; QueryError where a quote is not closed or a value is missing."""
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(f"the query has more than {MAX_QUERY_CHARS} characters", position=MAX_QUERY_CHARS)
    at = 0
    while True:
        while at < len(query) and query[at].isspace():
            at += 1
        if at == len(query):
            yield Token(kind="end", position=at)
            return
        token, at = _token(query, at)
        yield token


def _token(query: str, at: int) -> tuple[Token, int]:
    char = query[at]
    if char == "(":
        return Token(kind="(", position=at), at + 1
    if char == ")":
        return Token(kind=")", position=at), at + 1
    if char == "-":
        return Token(kind="not", position=at), at + 1
    if char == '"':
        text, end = _quoted(query, at)
        return Token(kind="term", position=at, pattern=Pattern((text,)), value_position=at), end
    word, end = _word(query, at)
    if keyword := _KEYWORDS.get(word):
        return Token(kind=keyword, position=at), end
    field, colon, value = word.partition(":")
    if not colon:
        return Token(kind="term", position=at, pattern=_wild(word), value_position=at), end
    begin = at + len(field) + 1
    if not value and end < len(query) and query[end] == '"':
        text, end = _quoted(query, end)
        pattern = Pattern((text,))
    else:
        pattern = _wild(value)
    if pattern == Pattern(("",)):
        raise QueryError(f"{field}: needs a value", position=begin)
    return Token(kind="term", position=at, field=field, pattern=pattern, value_position=begin), end


def _word(query: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(query) and not query[end].isspace() and query[end] not in _ENDS:
        end += 1
    return query[at:end], end


def _wild(word: str) -> Pattern:
    return Pattern(tuple(word.split("*")))


def _quoted(query: str, at: int) -> tuple[str, int]:
    """The text between quotes, in which a backslash takes the next quote or backslash as it is."""
    text: list[str] = []
    end = at + 1
    while end < len(query) and query[end] != '"':
        if query[end] == "\\" and query[end + 1 : end + 2] in {'"', "\\"}:
            end += 1
        text.append(query[end])
        end += 1
    if end == len(query):
        raise QueryError("this quote is not closed", position=at)
    return "".join(text), end + 1
