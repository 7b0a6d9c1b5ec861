"""Predicates to DuckDB SQL: the text consists of constants of this file, every value is a parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from affidavit.formats.record.columns import match_line
from affidavit.lake.predicate import (
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
    reads_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = {"actor": "actors", "resource": "resources"}
_PLAIN = {"action": "action", "outcome": "outcome", "source": "source", "kind": "kind"}
_CASED = frozenset({"action"})
_MIN_FRAGMENT = 2


@dataclass(frozen=True)
class Condition:
    """A boolean SQL expression and its parameters in order."""

    sql: str
    parameters: tuple[object, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        """Both hold."""
        return Condition(f"({self.sql} AND {other.sql})", self.parameters + other.parameters)


TRUE = Condition("true")
"""Always holds."""


def compile_predicate(predicate: Predicate) -> Condition:  # noqa: PLR0911 - one return a kind of predicate
    """The condition that holds for exactly the rows that fit."""
    match predicate:
        case All(terms):
            return _joined(terms, " AND ", empty="true")
        case Any(terms):
            return _joined(terms, " OR ", empty="false")
        case Not(term):
            inner = compile_predicate(term)
            return Condition(f"(NOT {inner.sql})", inner.parameters)
        case Matches(name, pattern):
            return _matches(name, pattern)
        case HasText(pattern):
            return _has_text(pattern)
        case IsClass(class_uids):
            marks = ", ".join("?" * len(class_uids))
            return Condition(f"(class_uid IN ({marks}))", class_uids) if class_uids else Condition("false")
        case InNetwork(first, last):
            return Condition("coalesce(src_net BETWEEN ? AND ?, false)", (first, last))
        case HasIp(pattern):
            return _folded("coalesce(src_ip, '')", pattern)
        case _:
            assert_never(predicate)


def split(predicate: Predicate) -> tuple[Condition | None, Condition]:
    """What can be decided without the originals (None: nothing), and the whole.

    Every row that fits the whole fits the first, too.
    """
    whole = compile_predicate(predicate)
    if not reads_text(predicate):
        return whole, whole
    terms = predicate.terms if isinstance(predicate, All) else (predicate,)
    narrow = tuple(term for term in terms if not reads_text(term))
    return (compile_predicate(All(narrow)) if narrow else None), whole


def _joined(terms: tuple[Predicate, ...], operator: str, *, empty: str) -> Condition:
    if not terms:
        return Condition(empty)
    conditions = [compile_predicate(term) for term in terms]
    return Condition(
        f"({operator.join(condition.sql for condition in conditions)})",
        tuple(value for condition in conditions for value in condition.parameters),
    )


def _matches(name: str, pattern: Pattern) -> Condition:
    if column := _LISTED.get(name):
        if pattern.is_plain:
            return Condition(f"contains({column}, ?)", (match_line(pattern.pieces[0]),))
        lines = [re2_quoted(piece.lower().replace("\n", " ")) for piece in pattern.pieces]
        return Condition(f"regexp_matches({column}, ?)", ("\n" + "[^\n]*".join(lines) + "\n",))
    return _folded(f"lower({_PLAIN[name]})" if name in _CASED else _PLAIN[name], pattern)


def _folded(expression: str, pattern: Pattern) -> Condition:
    """The whole value fits, the value being lower-cased already by `expression` or by whoever wrote it."""
    if pattern.is_plain:
        return Condition(f"({expression} = ?)", (pattern.pieces[0].lower(),))
    like = "%".join(re.sub(r"([\\%_])", r"\\\1", piece.lower()) for piece in pattern.pieces)
    return Condition(f"({expression} LIKE ? ESCAPE '\\')", (like,))


_BEFORE_FACTS = r"^(?:[^\n]*\n){3}"
_BEFORE_RAW = r"^(?:[^\n]*\n){4}"


def _has_text(pattern: Pattern) -> Condition:
    """A quick test over all parts; then, for what passes, whether it is in the original, or the facts without one."""
    pieces = [caseless(piece) for piece in pattern.pieces if piece]
    if not pieces:
        return TRUE
    found = "[\\s\\S]*".join(pieces)
    quick = Condition("regexp_matches(parts, ?)", (found,))
    if fragment := _caseless_fragment(pattern.pieces):
        quick = Condition("contains(parts, ?)", (fragment,)) & quick
    places = [rf"{_BEFORE_RAW}[\s\S]*{found}"]
    if not any("\n" in piece for piece in pattern.pieces):
        in_line = "[^\\n]*".join(["", *pieces, ""])
        places.append(rf"{_BEFORE_FACTS}{in_line}\n$")
    where = " OR ".join(["regexp_matches(parts, ?)"] * len(places))
    return Condition(f"(CASE WHEN {quick.sql} THEN {where} ELSE false END)", (*quick.parameters, *places))


def _caseless_fragment(pieces: Sequence[str]) -> str | None:
    """The longest run of characters that have no case: looking for it is much faster than folding case."""
    runs = [run for piece in pieces for run in re.split(r"[^\W\d_]+|[^\x00-\x7f]+", piece)]
    longest = max(runs, key=len, default="")
    return longest if len(longest) >= _MIN_FRAGMENT else None


def re2_quoted(text: str) -> str:
    """A regular expression that matches `text` and nothing else."""
    return "".join(
        char if char.isalnum() or not char.isascii() else "\\x00" if char == "\0" else f"\\{char}"
        for char in text
    )


def caseless(text: str) -> str:
    """A regular expression for `text` where case does not count: A-Z is a-z, and beyond ASCII as Unicode folds."""
    return "".join(
        f"[{char.upper()}{char.lower()}]"
        if char.isascii() and char.isalpha()
        else re2_quoted(char)
        if char.isascii()
        else f"(?i:{char})"
        for char in text
    )
