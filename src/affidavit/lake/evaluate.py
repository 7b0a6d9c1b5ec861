"""What a predicate says of rows: a boolean for each, from the columns that it reads and no others.

Where a column is encoded by a dictionary, its distinct values are asked, and each row has the answer of its value.
Nothing of a query is ever code: values are compared, or quoted into regular expressions of linear time (RE2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

import pyarrow as pa
import pyarrow.compute as pc

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
)
from affidavit.lake.schema import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_COLUMN = {
    "actor": "actors",
    "resource": "resources",
    "action": "action",
    "outcome": "outcome",
    "source": "source",
    "kind": "kind",
}
_LISTED = frozenset({"actor", "resource"})
_CASED = frozenset({"action"})
_MIN_FRAGMENT = 2


def reads(predicate: Predicate) -> frozenset[str]:  # noqa: PLR0911 - as `fits`
    """The columns that have to be read to decide it."""
    match predicate:
        case All(terms) | Any(terms):
            return frozenset[str]().union(*map(reads, terms))
        case Not(term):
            return reads(term)
        case Matches(name, _):
            return frozenset({_COLUMN[name]})
        case HasText():
            return frozenset({PARTS})
        case IsClass():
            return frozenset({"class_uid"})
        case InNetwork():
            return frozenset({"src_net"})
        case HasIp():
            return frozenset({"src_ip"})
        case _:
            assert_never(predicate)


def fits(predicate: Predicate, column: Callable[[str], pa.Array], count: int) -> pa.BooleanArray:  # noqa: PLR0911 - one return a kind of predicate
    """Which of `count` rows fit; `column` gives the values that they have in a column, once one is needed."""
    match predicate:
        case All(terms):
            return _all(terms, column, count)
        case Any(terms):
            return pc.invert(_all(map(Not, terms), column, count))
        case Not(term):
            return pc.invert(fits(term, column, count))
        case Matches(name, pattern):
            return _matches(name, pattern, column(_COLUMN[name]))
        case HasText(pattern):
            return _has_text(pattern, column, count)
        case IsClass(class_uids):
            return pc.is_in(column("class_uid"), pa.array(class_uids, pa.int32()))
        case InNetwork(first, last):
            return _each(
                column("src_net"),
                lambda values: pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last)),
                absent=False,
            )
        case HasIp(pattern):
            whole = _whole(pattern)
            return _each(column("src_ip"), whole, absent=whole(pa.array([""]))[0].as_py())
        case _:
            assert_never(predicate)


def _all(terms: Iterable[Predicate], column: Callable[[str], pa.Array], count: int) -> pa.BooleanArray:
    held = None
    for term in terms:
        fitting = fits(term, column, count)
        held = fitting if held is None else pc.and_(held, fitting)
        if not held.true_count:
            return held  # whatever the others say
    return pa.repeat(True, count) if held is None else held


def _each(
    values: pa.Array, test: Callable[[pa.Array], pa.BooleanArray], *, absent: bool = False
) -> pa.BooleanArray:
    """The test's answer for each value, `absent` for null."""
    coded = pa.types.is_dictionary(values.type)
    found = test(values.dictionary).take(values.indices) if coded else test(values)
    return found.fill_null(absent) if found.null_count else found


def _matches(name: str, pattern: Pattern, values: pa.Array) -> pa.BooleanArray:
    if name in _LISTED:
        return _each(values, _one_line(pattern))
    whole = _whole(pattern)
    return _each(values, (lambda values: whole(pc.utf8_lower(values))) if name in _CASED else whole)


def _one_line(pattern: Pattern) -> Callable[[pa.Array], pa.BooleanArray]:
    """Whether some line fits."""
    if pattern.is_plain:
        line = match_line(pattern.pieces[0])
        return lambda values: pc.match_substring(values, line)
    quoted = (re2_quoted(piece.lower().replace("\n", " ")) for piece in pattern.pieces)
    expression = "\n" + "[^\n]*".join(quoted) + "\n"
    return lambda values: pc.match_substring_regex(values, expression)


def _whole(pattern: Pattern) -> Callable[[pa.Array], pa.BooleanArray]:
    """Whether the whole value fits, which is in lower case."""
    if pattern.is_plain:
        sought = pa.scalar(pattern.pieces[0].lower())
        return lambda values: pc.equal(values, sought)
    expression = r"\A" + r"[\s\S]*".join(re2_quoted(piece.lower()) for piece in pattern.pieces) + r"\z"
    return lambda values: pc.match_substring_regex(values, expression)


_BEFORE_FACTS = r"^(?:[^\n]*\n){3}"
_BEFORE_RAW = r"^(?:[^\n]*\n){4}"


def _has_text(pattern: Pattern, column: Callable[[str], pa.Array], count: int) -> pa.BooleanArray:
    """A quick test over all parts; then, for what passes, whether it is in the original, or the facts without one."""
    pieces = [caseless(piece) for piece in pattern.pieces if piece]
    if not pieces:
        return pa.repeat(True, count)
    parts = column(PARTS)
    found = r"[\s\S]*".join(pieces)
    rows = pa.array(range(count), pa.int64())
    if fragment := _caseless_fragment(pattern.pieces):
        rows = pc.indices_nonzero(pc.match_substring(parts, fragment))
    rows = rows.filter(pc.match_substring_regex(parts.take(rows), found))
    places = [rf"{_BEFORE_RAW}[\s\S]*{found}"]
    if not any("\n" in piece for piece in pattern.pieces):
        in_line = r"[^\n]*".join(["", *pieces, ""])
        places.append(rf"{_BEFORE_FACTS}{in_line}\n$")
    likely = parts.take(rows)
    there = pc.match_substring_regex(likely, "|".join(places))
    return pc.is_in(pa.array(range(count), pa.uint64()), rows.filter(there).cast(pa.uint64()))


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
