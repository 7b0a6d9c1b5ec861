"""A query cut into tokens, each with the character it begins at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from affidavit.core.errors import QueryError
from affidavit.lake.predicate import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_QUERY_CHARS = 4096
"""Longer queries are refused."""
_NOTHING = Pattern(("",))
_SIGNS: dict[str, Literal["(", ")"]] = {"(": "(", ")": ")"}
_KEYWORDS: dict[str, Literal["or", "and", "not"]] = {"OR": "or", "AND": "and", "NOT": "not"}
_KEYWORD = re.compile(r'(OR|AND|NOT)(?=[\s()"]|$)')
_MINUS = re.compile(r"-(?=[^\s)])")
_FIELD = re.compile(r'([^\s()":*\\]*):')
_PLAIN = re.compile(r'[^\s()"*\\]+')
_IN_QUOTES = re.compile(r'[^"\\]+')


@dataclass(frozen=True, kw_only=True)
class Token:
    """`term` carries a pattern and, if a colon was there, a field; the others are themselves."""

    kind: Literal["(", ")", "or", "and", "not", "term", "end"]
    position: int
    field: str | None = None
    pattern: Pattern = _NOTHING
    value_position: int = 0


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query, `end` last; QueryError where a quote is not closed or a value is missing."""
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(f"the query has more than {MAX_QUERY_CHARS} characters", position=MAX_QUERY_CHARS)
    if not query.isascii() and query != query.encode(errors="replace").decode():
        raise QueryError("the query holds half a character, a lone surrogate")
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
    if sign := _SIGNS.get(query[at]):
        return Token(kind=sign, position=at), at + 1
    if _MINUS.match(query, at):
        return Token(kind="not", position=at), at + 1
    if keyword := _KEYWORD.match(query, at):
        return Token(kind=_KEYWORDS[keyword[1]], position=at), keyword.end()
    field = _FIELD.match(query, at)
    begin = at if field is None else field.end()
    pattern, end = _value(query, begin)
    if pattern == _NOTHING and field is not None:
        raise QueryError(f"{field[0]} needs a value", position=begin)
    name = None if field is None else field[1].lower()
    return Token(kind="term", position=at, field=name, pattern=pattern, value_position=begin), end


def _value(query: str, at: int) -> tuple[Pattern, int]:
    """What stands there up to a space or parenthesis, quoted or not."""
    pieces = [""]
    while at < len(query) and not query[at].isspace() and query[at] not in "()":
        if plain := _PLAIN.match(query, at):
            pieces[-1] += plain[0]
            at = plain.end()
        elif query[at] == '"':
            text, at = _quoted(query, at)
            pieces[-1] += text
        elif query[at] == "*":
            if len(pieces) == 1 or pieces[-1]:  # two stars say no more than one
                pieces.append("")
            at += 1
        else:
            pieces[-1] += _escaped(query, at)
            at += 2
    return Pattern(tuple(pieces)), at


def _quoted(query: str, start: int) -> tuple[str, int]:
    text: list[str] = []
    at = start + 1
    while at < len(query) and query[at] != '"':
        if plain := _IN_QUOTES.match(query, at):
            text.append(plain[0])
            at = plain.end()
        else:
            text.append(_escaped(query, at))
            at += 2
    if at >= len(query):
        raise QueryError("this quote is not closed", position=start)
    return "".join(text), at + 1


def _escaped(query: str, at: int) -> str:
    """The character after the backslash at `at`."""
    if at + 1 == len(query):
        raise QueryError("a backslash ends the query", position=at)
    return query[at + 1]
