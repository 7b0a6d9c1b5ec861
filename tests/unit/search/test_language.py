"""The query language: what each form means, and where it says that something is wrong."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import QueryError
from affidavit.lake.evaluate import fits
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
from affidavit.search.fields import FIELDS
from affidavit.search.language import MAX_DEPTH, MAX_TERMS, parse
from affidavit.search.tokens import MAX_QUERY_CHARS


def text(*pieces: str) -> HasText:
    """Free text."""
    return HasText(Pattern(pieces))


def actor(*pieces: str) -> Matches:
    """An actor term."""
    return Matches("actor", Pattern(pieces))


@pytest.mark.parametrize(
    ("query", "predicate"),
    [
        ("", EVERYTHING),
        ("  \t\n", EVERYTHING),
        ("needle", text("needle")),
        ('"two words"', text("two words")),
        (r'"say \"hi\" \\ *"', text('say "hi" \\ *')),
        ("act*ion*", text("act", "ion", "")),
        ("a**b", text("a", "b")),
        (r"a\*b", text("a*b")),
        (r"C\:\\temp", text("C:\\temp")),
        ('"http://x" "08:20"', All((text("http://x"), text("08:20")))),
        ("actor:alice@example.com", actor("alice@example.com")),
        ("Actor:a", actor("a")),
        ('actor:"Alice A"', actor("Alice A")),
        ('actor:"Alice A"*', actor("Alice A", "")),
        ("a b", All((text("a"), text("b")))),
        ("a AND b", All((text("a"), text("b")))),
        ("a OR b c", Any((text("a"), All((text("b"), text("c")))))),
        ("(a OR b) c", All((Any((text("a"), text("b"))), text("c")))),
        ("((a))", text("a")),
        ("-a", Not(text("a"))),
        ("NOT a", Not(text("a"))),
        ("-(a b)", Not(All((text("a"), text("b"))))),
        ("-source:ci", Not(Matches("source", Pattern(("ci",))))),
        ("a - b", All((text("a"), text("-"), text("b")))),
        ("a-b", text("a-b")),
        ("or OReilly NOTE", All((text("or"), text("OReilly"), text("NOTE")))),
        ("class:3002", IsClass((3002,))),
        ("class:Authentication", IsClass((3002,))),
        ("class:account_change", IsClass((3001,))),
        ('class:"Account Change"', IsClass((3001,))),
        ("class:auth*", IsClass((3002, 3003))),
        ("ip:192.0.2.7", InNetwork("00000000000000000000ffffc0000207", "00000000000000000000ffffc0000207")),
        ("ip:10.1.2.3/8", InNetwork("00000000000000000000ffff0a000000", "00000000000000000000ffff0affffff")),
        ("ip:2001:db8::/32", InNetwork("20010db8" + "0" * 24, "20010db8" + "f" * 24)),
        ("ip:::1", InNetwork("0" * 31 + "1", "0" * 31 + "1")),
        ("ip:10.*", HasIp(Pattern(("10.", "")))),
        ("ip:host.example", HasIp(Pattern(("host.example",)))),
        ("outcome:Failure", Matches("outcome", Pattern(("Failure",)))),
        ("outcome:f*", Matches("outcome", Pattern(("f", "")))),
        ("kind:gap", Matches("kind", Pattern(("gap",)))),
    ],
)
def test_what_a_query_means(query: str, predicate: Predicate) -> None:
    """Each form of the language."""
    assert parse(query) == predicate


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("http://x", 0, "is not a field"),
        ("a 08:20", 2, "is not a field"),
        ("user:alice", 0, ", ".join(FIELDS)),
        (":x", 0, "is not a field"),
        ("actor:", 6, "needs a value"),
        ('a actor:""', 8, "needs a value"),
        ("actor: x", 6, "needs a value"),
        ('a "b', 2, "not closed"),
        (r'"b\"', 0, "not closed"),
        ("a\\", 1, "backslash"),
        ("(a", 0, "not closed"),
        ("a)", 1, "where a term is expected"),
        ("()", 1, "where a term is expected"),
        ("OR a", 0, "OR stands"),
        ("a OR", 4, "the query ends"),
        ("a AND AND b", 6, "AND stands"),
        ("NOT", 3, "the query ends"),
        ("outcome:maybe", 8, "success, failure"),
        ("kind:thing", 5, "is not a kind"),
        ("class:nothing", 6, "no OCSF class"),
        ("class:²", 6, "no OCSF class"),
        ("class:-1", 6, "no OCSF class"),
        ("class:99999999999", 6, "no OCSF class"),
        ("ip:10.0.0.0/33", 3, "is not a network"),
        ("ip:a/b", 3, "is not a network"),
        ("\ud800", 0, "surrogate"),
        ("x" * (MAX_QUERY_CHARS + 1), MAX_QUERY_CHARS, "characters"),
        ("(" * (MAX_DEPTH + 1), MAX_DEPTH, "deeper"),
        ("-" * (MAX_DEPTH + 1) + "a", MAX_DEPTH, "deeper"),
        ("a " * (MAX_TERMS + 1), MAX_TERMS * 2, "terms"),
    ],
)
def test_what_is_wrong_and_where(query: str, position: int, message: str) -> None:
    """QueryError with the character and what to do instead."""
    with pytest.raises(QueryError, match=message) as caught:
        parse(query)
    assert caught.value.position == position


PIECES = [
    *("actor:", "ip:", "class:", "x:", "a", "*", " ", '"', "\\", "(", ")", "-", "OR", "AND", "NOT", "10.0.0.0/8"),
    *("'", ";--", "%", "_", "\n", "\0", "é", "\ud800", "²", "3002"),
]  # fmt: skip
pieces = st.sampled_from(PIECES)


@given(st.one_of(st.text(max_size=50), st.lists(pieces, max_size=12).map("".join)))
@example("'; DROP TABLE records; --")
def test_any_text_is_a_query_or_is_refused(query: str) -> None:
    """No other error comes out, and what is a query can be asked."""
    try:
        predicate = parse(query)
    except QueryError as refusal:
        at = refusal.position
        assert 0 <= at <= len(query)
        return
    assert len(fits(predicate, ROW.column, ROW.num_rows)) == ROW.num_rows


ROW = pa.record_batch(
    {name: pa.array([values], pa.int32() if name == "class_uid" else pa.string()) for name, values in {
        "actors": "\na\n", "resources": "", "action": "A", "outcome": "other", "source": "x", "kind": "gap",
        "class_uid": 3002, "src_ip": None, "src_net": None, "parts": "\n\n\n{}\na x",
    }.items()}
)  # fmt: skip
