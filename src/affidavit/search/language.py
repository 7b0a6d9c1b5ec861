"""The query language: words and FIELD:VALUE terms that must all match.

    actor:alice@example.com outcome:failure -source:ci "quoted words" act*  (action:login OR action:logout)

`*` stands for anything, `\\` takes the next character as it is, quotes keep words together, `-` or NOT
negates, OR and parentheses combine. Nothing of the text ever becomes SQL: it becomes a tree of values.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from affidavit.core.errors import QueryError
from affidavit.formats.ocsf.classes import BY_UID
from affidavit.formats.record.columns import address_digits
from affidavit.lake.predicate import (
    EVERYTHING,
    All,
    Any,
    HasIp,
    HasText,
    InNetwork,
    IsClass,
    Matches,
    Not,
    Pattern,
    Predicate,
)

FIELDS = ("actor", "action", "resource", "outcome", "class", "source", "ip", "kind")
"""What may stand before a colon."""
OUTCOMES = ("success", "failure", "unknown", "other")
KINDS = (
    "event", "heartbeat", "gap", "drop", "erasure", "disposal", "hold", "key", "config", "access", "finding", "remap",
)  # fmt: skip
MAX_LENGTH = 4096
"""Characters of a query."""
MAX_DEPTH = 50
"""Parentheses within one another."""

_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):")
_LITERAL = re.compile(r"[^\s()\"*\\]+")


def parse(query: str) -> Predicate:
    """The predicate that the query asks for; QueryError names the position where it does not parse."""
    if len(query) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH} characters", position=MAX_LENGTH)
    parser = _Parser(query)
    predicate = parser.alternatives(0)
    if parser.at < len(query):
        raise QueryError("a closing parenthesis has no opening one", position=parser.at)
    return predicate


class _Word(NamedTuple):
    """A run of characters, quoted or not, in which wildcards are told from literal asterisks."""

    pieces: tuple[str, ...]
    quoted: bool
    position: int

    @property
    def text(self) -> str:
        """As it was meant, wildcards as asterisks."""
        return "*".join(self.pieces)


class _Parser:
    """Recursive descent over the characters."""

    def __init__(self, query: str) -> None:
        self._query = query
        self.at = 0

    def alternatives(self, depth: int) -> Predicate:
        """What stands between parentheses: sequences joined by OR."""
        if depth > MAX_DEPTH:
            raise QueryError(f"parentheses go deeper than {MAX_DEPTH}", position=self.at)
        found = [self._sequence(depth)]
        while self._keyword("OR"):
            if found[-1] == EVERYTHING:
                raise QueryError("OR needs a term on its left", position=self.at - 2)
            found.append(self._sequence(depth))
            if found[-1] == EVERYTHING:
                raise QueryError("OR needs a term on its right", position=self.at)
        return found[0] if len(found) == 1 else Any(tuple(found))

    def _sequence(self, depth: int) -> Predicate:
        terms: list[Predicate] = []
        while True:
            self._skip_space()
            if self.at == len(self._query) or self._query[self.at] == ")" or self._looks_at("OR"):
                break
            if self._keyword("AND"):
                continue
            terms.append(self._term(depth))
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self, depth: int) -> Predicate:
        start = self.at
        if self._keyword("NOT") or self._negated():
            self._skip_space()
            if self.at == len(self._query) or self._query[self.at] == ")":
                raise QueryError("there is nothing to negate", position=start)
            if depth + 1 > MAX_DEPTH:
                raise QueryError(f"negations go deeper than {MAX_DEPTH}", position=start)
            return Not(self._term(depth + 1))
        if self._query[self.at] == "(":
            self.at += 1
            inner = self.alternatives(depth + 1)
            if self.at == len(self._query):
                raise QueryError("an opening parenthesis is not closed", position=start)
            self.at += 1
            return inner
        match = _FIELD.match(self._query, self.at)
        if match is None:
            return _free_text(self._word())
        field = match[1].lower()
        if field not in FIELDS:
            raise QueryError(
                f"there is no field {match[1]!r}; the fields are {', '.join(FIELDS)} (quote text that holds a colon)",
                position=self.at,
            )
        self.at = match.end()
        if self.at == len(self._query) or self._query[self.at] in " \t\r\n)(":
            raise QueryError(f"{field}: needs a value", position=self.at)
        return _of_field(field, self._word())

    def _word(self) -> _Word:
        """Characters up to a space or parenthesis; quoted ones as they are."""
        query, start = self._query, self.at
        pieces = [""]
        quoted = False
        while self.at < len(query):
            character = query[self.at]
            if character in "()" or character.isspace():
                break
            if character == '"':
                quoted = True
                pieces[-1] += self._quotation()
            elif character == "*":
                pieces.append("")
                self.at += 1
            elif character == "\\":
                if self.at + 1 == len(query):
                    raise QueryError("a backslash ends the query", position=self.at)
                pieces[-1] += query[self.at + 1]
                self.at += 2
            else:
                literal = _LITERAL.match(query, self.at)
                assert literal is not None  # noqa: S101 - the character is none of the others
                pieces[-1] += literal[0]
                self.at = literal.end()
        return _Word(tuple(pieces), quoted, start)

    def _quotation(self) -> str:
        start = self.at
        text = []
        self.at += 1
        while self.at < len(self._query):
            character = self._query[self.at]
            if character == '"':
                self.at += 1
                return "".join(text)
            if character == "\\" and self.at + 1 < len(self._query):
                self.at += 1
                character = self._query[self.at]
            text.append(character)
            self.at += 1
        raise QueryError("a quotation is not closed", position=start)

    def _negated(self) -> bool:
        """A minus before a term; alone, or before a space, it is text."""
        following = self._query[self.at + 1 : self.at + 2]
        if self._query[self.at] != "-" or not following or following.isspace() or following == ")":
            return False
        self.at += 1
        return True

    def _skip_space(self) -> None:
        space = _SPACE.match(self._query, self.at)
        if space is not None:
            self.at = space.end()

    def _looks_at(self, keyword: str) -> bool:
        end = self.at + len(keyword)
        following = self._query[end : end + 1]
        return self._query.startswith(keyword, self.at) and (
            not following or following.isspace() or following in "()"
        )

    def _keyword(self, keyword: str) -> bool:
        self._skip_space()
        if not self._looks_at(keyword):
            return False
        self.at += len(keyword)
        return True


def _free_text(word: _Word) -> Predicate:
    """The original holds it; wildcards at the ends say no more than that."""
    pieces = list(word.pieces)
    while len(pieces) > 1 and not pieces[0]:
        del pieces[0]
    while len(pieces) > 1 and not pieces[-1]:
        del pieces[-1]
    return HasText(Pattern(tuple(pieces))) if any(pieces) else EVERYTHING


def _of_field(field: str, word: _Word) -> Predicate:
    pattern = Pattern(word.pieces)
    match field:
        case "class":
            return IsClass(_classes(word))
        case "ip":
            return _address(word)
        case "outcome":
            _check(word, OUTCOMES)
            return Matches("outcome", pattern)
        case "kind":
            _check(word, KINDS)
            return Matches("kind", pattern)
        case "actor" | "action" | "resource" | "source":
            return Matches(field, pattern)
        case _:
            raise QueryError(f"there is no field {field!r}", position=word.position)


def _check(word: _Word, known: tuple[str, ...]) -> None:
    if len(word.pieces) == 1 and word.text.lower() not in known:
        raise QueryError(f"{word.text!r} is none of {', '.join(known)}", position=word.position)


def _classes(word: _Word) -> tuple[int, ...]:
    """The classes of that uid, or whose name fits; spaces and underscores are the same."""
    text = word.text.lower().replace("_", " ")
    if text.isdigit():
        return (int(text[:9]),)
    pieces = [re.escape(piece) for piece in text.split("*")]
    pattern = re.compile(".*".join(pieces))
    found = tuple(uid for uid, kind in BY_UID.items() if pattern.fullmatch(kind.CLASS_NAME.lower()))
    if not found:
        raise QueryError(f"there is no OCSF class {word.text!r}", position=word.position)
    return found


def _address(word: _Word) -> Predicate:
    """An address, a network such as 10.0.0.0/8, or a name with wildcards."""
    text = word.text
    if len(word.pieces) == 1 and "/" in text:
        try:
            network = ip_network(text, strict=False)
        except ValueError as error:
            raise QueryError(f"{text!r} is no network: {error}", position=word.position) from error
        return _between(str(network.network_address), str(network.broadcast_address))
    if len(word.pieces) == 1:
        try:
            return _between(str(ip_address(text)), str(ip_address(text)))
        except ValueError:
            pass
    return HasIp(Pattern(word.pieces))


def _between(first: str, last: str) -> Predicate:
    return InNetwork(address_digits(first) or "", address_digits(last) or "")
