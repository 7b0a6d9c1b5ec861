r"""The query language: words and FIELD:VALUE terms, all of which must fit.

    actor:alice@example.com outcome:failure -source:ci "two words" act*  (action:login OR action:logout)

    query  = [ either ]
    either = both { "OR" both }
    both   = term { [ "AND" ] term }
    term   = ( "-" | "NOT" ) term | "(" either ")" | [ field ":" ] value
    value  = one or more of: characters, `*` for anything, "quoted characters", a backslash and the character meant

OR, AND and NOT are written in capitals; a minus before a space is text. Between quotes only the quote and the
backslash need a backslash. Case does not count in values. An empty query is everything. Nothing of the text
ever becomes SQL: it becomes a tree of values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import QueryError
from affidavit.lake.predicate import EVERYTHING, All, Any, Not, Predicate
from affidavit.search.fields import condition
from affidavit.search.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 32
"""Parentheses and negations within one another."""
MAX_TERMS = 128
"""Terms of one query."""


def parse(query: str) -> Predicate:
    """The predicate that a query stands for; QueryError, with the position, for anything else."""
    return _Parser(list(tokens(query))).whole()


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._terms = 0

    def whole(self) -> Predicate:
        if self._next().kind == "end":
            return EVERYTHING
        predicate = self._either()
        if self._next().kind != "end":
            raise self._unexpected()
        return predicate

    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next()
        self._at += 1
        return token

    def _either(self) -> Predicate:
        terms = [self._both()]
        while self._next().kind == "or":
            self._take()
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _both(self) -> Predicate:
        terms = [self._term()]
        while self._next().kind not in {"or", ")", "end"}:
            if self._next().kind == "and":
                self._take()
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self) -> Predicate:
        token = self._take()
        match token.kind:
            case "not":
                return Not(self._deeper(self._term, token))
            case "(":
                inside = self._deeper(self._either, token)
                if self._next().kind != ")":
                    raise QueryError("this parenthesis is not closed", position=token.position)
                self._take()
                return inside
            case "term":
                self._terms += 1
                if self._terms > MAX_TERMS:
                    raise QueryError(f"the query has more than {MAX_TERMS} terms", position=token.position)
                return condition(
                    token.field, token.pattern, position=token.position, value_position=token.value_position
                )
            case _:
                self._at -= 1
                raise self._unexpected()

    def _deeper(self, parse_inside: Callable[[], Predicate], token: Token) -> Predicate:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"nested deeper than {MAX_DEPTH} levels", position=token.position)
        inside = parse_inside()
        self._depth -= 1
        return inside

    def _unexpected(self) -> QueryError:
        token = self._next()
        if token.kind == "end":
            return QueryError("the query ends where a term is expected", position=token.position)
        written = token.kind if token.kind in {"(", ")"} else token.kind.upper()
        return QueryError(f"{written} stands where a term is expected", position=token.position)
