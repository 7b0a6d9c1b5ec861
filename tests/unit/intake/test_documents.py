"""JSON bodies of every shape: each event comes out with its own bytes, and nothing is lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.intake.documents import documents, pieces
from affidavit.intake.framing import Piece, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

EVENTS = [b'{"a": 1}', b'{"b" : "x,]}\\" [{"}', b'{"c":[{"d":1},{"e":2}]}']

fragments = st.lists(
    st.sampled_from(
        [
            *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b" ", b"1", b"tru", b"\xff"),
            *(b'"R"', b'"a":1', b'{"a":1}', b'[{"a":1},{"b":2}]', b'{"a":1}\n', b'{"R":[{"a":1}]}'),
        ]
    ),
    max_size=30,
).map(b"".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "é", "x]"]), values, max_size=3)


def _all(body: bytes | Iterable[bytes], envelope: str | None = "R", **limits: int) -> list[Piece | Rejected]:
    chunks = [body] if isinstance(body, bytes) else body
    return list(documents(chunks, envelope=envelope, **limits))


def _good(body: bytes | Iterable[bytes], envelope: str | None = "R") -> list[bytes]:
    found = _all(body, envelope)
    assert all(isinstance(piece, Piece) for piece in found), found
    return [piece.data for piece in found]


def _by_verdict(body: bytes, envelope: str | None = "R") -> tuple[list[bytes], list[bytes]]:
    """(events, refused)."""
    found = _all(body, envelope)
    good = [piece.data for piece in found if isinstance(piece, Piece)]
    return good, [piece.data for piece in found if isinstance(piece, Rejected)]


SHAPES = {
    "ndjson": b"\n".join(EVENTS) + b"\n",
    "ndjson-crlf": b"\r\n".join(EVENTS),
    "ndjson-blank-lines": b"\n\n" + b"\n \n".join(EVENTS),
    "array": b"[" + b",".join(EVENTS) + b"]",
    "array-over-lines": b"[\n  " + b",\n  ".join(EVENTS) + b"\n]\n",
    "array-comma-first": b"[ " + b"\n, ".join(EVENTS) + b"\n]",
    "arrays-on-lines": b"[" + EVENTS[0] + b"]\n[" + b",".join(EVENTS[1:]) + b"]",
    "envelope": b'{"R":[' + b",".join(EVENTS) + b"]}",
    "envelope-over-lines": b'{\n "kind": "List",\n "R": [\n'
    + b",\n".join(EVENTS)
    + b'\n ],\n "metadata": {}\n}',
    "envelopes-on-lines": b'{"R":[' + EVENTS[0] + b']}\n{"R": [' + b" , ".join(EVENTS[1:]) + b"]}",
    "mixed-lines": EVENTS[0] + b'\n{"R":[' + EVENTS[1] + b"]}\n[" + EVENTS[2] + b"]\n",
    "envelopes-over-lines": b'{\n"R":[' + EVENTS[0] + b']\n}\n{\n"R":[' + b",".join(EVENTS[1:]) + b"]\n}",
    "byte-order-mark": b"\xef\xbb\xbf" + b"\n".join(EVENTS),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_every_shape_gives_the_same_events(shape: str, size: int) -> None:
    """NDJSON, arrays, envelopes, on one line or many: the events' own bytes, in order."""
    body = SHAPES[shape]
    assert _good(body[at : at + size] for at in range(0, len(body), size)) == EVENTS


@pytest.mark.parametrize("shape", SHAPES)
def test_a_piece_says_where_it_begins(shape: str) -> None:
    """Offset and line point into the body as it was decompressed."""
    body = SHAPES[shape]
    for piece in _all(body):
        assert body[piece.offset :].startswith(piece.data)
        assert piece.line == 1 + body.count(b"\n", 0, piece.offset)


def test_a_pretty_printed_object_is_one_event() -> None:
    """As `curl -d @event.json` sends it; several in a row, as jq writes them, are several."""
    pretty = [json.dumps(json.loads(event), indent=2).encode() for event in EVENTS]
    assert _good(b"\n" + pretty[2] + b"\n\n") == [pretty[2]]
    assert _good(b"\n".join(pretty)) == pretty


def test_an_envelope_without_events_is_none() -> None:
    """Nothing to keep is no error; but an object that merely has an empty list of that name is an event."""
    assert _all(b'{"R":[]}') == _all(b"[]") == _all(b"") == _all(b" \n\n") == []
    assert _all(b'{"kind":"EventList","metadata":{},"R":[]}') == []
    event = b'{"R":[],"user":"x"}'
    assert _good(event) == [event]


def test_an_envelope_is_opened_only_where_one_is_declared() -> None:
    """For other sources, and for other members, the object is the event."""
    body = b'{"R":[{"a":1}]}'
    assert _good(body, envelope=None) == [body]
    assert _good(b'{"x":"\\"R\\"","S":[1]}') == [b'{"x":"\\"R\\"","S":[1]}']
    assert _good(b'{"R":{"a":1}}') == [b'{"R":{"a":1}}']


def test_a_bad_line_leaves_its_neighbours_alone() -> None:
    """The mapper refuses it by itself, wherever it stands; the first line is no exception."""
    for at in range(4):
        for bad in (
            b'{"a":1,',
            b'{"a":"',
            b"{",
            b'{"a":[',
            b"nonsense",
            b"[1",
            b"}",
            b'{"a":1}}',
            b"\xff\xfe",
        ):
            lines = [EVENTS[0], EVENTS[1], EVENTS[2]]
            lines.insert(at, bad)
            good, refused = _by_verdict(b"\n".join(lines))
            assert (good, refused) == (lines, []), (at, bad)


def test_a_cut_array_keeps_its_whole_events() -> None:
    """The end is refused verbatim, the events before it are not."""
    for opening in (b"[", b"[\n", b'{"R":[', b'{"kind":"x",\n"R":\n['):
        body = opening + b",\n".join(EVENTS) + b',{"z": "cut'
        assert _by_verdict(body) == (EVENTS, [b'{"z": "cut'])


@pytest.mark.parametrize(
    "broken", [b"{nonsense}", b'{"x":1,}', b'{"x":[1,2}', b'{"x":"no end}', b'{"x":{"y":1}']
)
@pytest.mark.parametrize("frame", [(b"[", b"]"), (b'{"R":[', b"]}"), (b"[\n", b"\n]")])
def test_one_broken_element_is_refused_and_the_others_kept(frame: tuple[bytes, bytes], broken: bytes) -> None:
    """Quotes and brackets that do not match cost the element they stand in."""
    body = frame[0] + b",".join([EVENTS[0], broken, EVENTS[1], EVENTS[2]]) + frame[1]
    good, refused = _by_verdict(body)
    assert good == EVENTS
    assert b"".join(refused) == broken


def test_a_broken_object_over_lines_is_refused_whole() -> None:
    """Parts of one event are not events."""
    body = b'{\n "a": [\n  {"b":1},\n  {"c":2},\n  {"d":3}\n ],\n "x": "cut'
    good, refused = _by_verdict(body)
    assert good == []
    assert refused == [body]


def test_an_overlong_event_is_refused_and_the_next_kept() -> None:
    """In an array as on a line of its own; a long line that holds short events is fine."""
    long = b'{"x":"' + b"y" * 300 + b'"}'
    for body in (b"[" + long + b"," + EVENTS[0] + b"]", long + b"\n" + EVENTS[0]):
        found = _all(body, line_bytes=100)
        assert found[-1].data == EVENTS[0]
        refused = found[:-1]
        assert all(isinstance(piece, Rejected) and piece.code == "line-too-long" for piece in refused)
        assert b"".join(piece.data for piece in refused) == long
    many = b"[" + b",".join([EVENTS[0]] * 50) + b"]"
    assert len(_all(many, line_bytes=100)) == 50


@pytest.mark.parametrize(
    "body", [b"[\n" + b",\n".join([EVENTS[0]] * 100) + b"\n]", b"[" + b",".join([EVENTS[0]] * 100) + b"]"]
)
@pytest.mark.parametrize("size", [1, 64, 10_000])
def test_a_document_beyond_the_limit_is_refused_verbatim(body: bytes, size: int) -> None:
    """Memory is bounded: what cannot be held whole is kept in pieces, none of it lost."""
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    found = _all(chunks, document_bytes=200, line_bytes=50)
    assert {piece.code for piece in found} == {"document-too-large"}
    assert b"".join(piece.data for piece in found) == body.strip()
    assert [isinstance(piece, Rejected) and piece.last for piece in found] == [False] * (len(found) - 1) + [
        True
    ]
    assert all(len(piece.data) <= 50 for piece in found)


def test_ndjson_has_no_limit_but_that_of_a_line() -> None:
    """A stream of events may be as long as it likes."""
    body = (EVENTS[0] + b"\n" for _ in range(2000))
    assert len(_good(body)) == 2000
    assert len(_all((EVENTS[0] + b"\n" for _ in range(2000)), document_bytes=100)) == 2000


def test_lines_are_taken_as_they_are() -> None:
    """A text source's lines are never opened, whatever they look like."""
    body = b'[{"a":1},{"b":2}]\nplain'
    assert [p.data for p in pieces([body], framing="lines", envelope="R")] == body.split(b"\n")
    assert len(list(pieces([body], framing="json"))) == 3


@given(fragments, st.sampled_from([None, "R"]), st.integers(1, 40), st.sampled_from([12, 1 << 20]))
def test_no_byte_is_lost_whatever_comes(
    body: bytes, envelope: str | None, size: int, line_bytes: int
) -> None:
    """Never raises; pieces stand in order where they say, and only separators lie between them."""
    at = 0
    for piece in _all(
        [body[s : s + size] for s in range(0, len(body), size)], envelope, line_bytes=line_bytes
    ):
        assert piece.offset >= at
        if envelope is None:
            assert not body[at : piece.offset].strip(b" \t\r\n,[]")
        assert body[piece.offset : piece.offset + len(piece.data)] == piece.data
        assert piece.data
        at = piece.offset + len(piece.data)
    if envelope is None:
        assert not body[at:].strip(b" \t\r\n,[]")


@given(fragments, st.sampled_from([None, "R"]), st.integers(1, 40))
def test_chunks_do_not_show(body: bytes, envelope: str | None, size: int) -> None:
    """The same body gives the same pieces however it is cut."""
    assert _all([body[s : s + size] for s in range(0, len(body), size)], envelope) == _all(body, envelope)


@given(st.lists(objects, min_size=1, max_size=5), st.sampled_from([None, 2]), st.integers(1, 99))
def test_whatever_a_json_writer_wraps_comes_out(
    events: list[dict[str, Any]], indent: int | None, size: int
) -> None:
    """Arrays and envelopes as any JSON library prints them."""
    for whole in (events, {"R": events}, {"kind": "EventList", "R": events, "metadata": {"é": "]"}}):
        body = json.dumps(whole, indent=indent, ensure_ascii=len(events) % 2 == 0).encode(
            errors="surrogatepass"
        )
        found = _good([body[s : s + size] for s in range(0, len(body), size)])
        assert [json.loads(event.decode(errors="surrogatepass")) for event in found] == events


def test_deep_nesting_is_no_crash() -> None:
    """A depth bomb comes out as one piece or refused, never as an error."""
    for body in (b"[" * 100_000, b'{"a":' * 50_000, b'{"R":' + b"[" * 50_000 + b"\n" + b"]" * 50_000 + b"}"):
        kept = b"".join(piece.data for piece in _all(body))
        assert kept.strip(b"[]\n") in (b"", kept)


@pytest.mark.parametrize("unit", [b'{"a":[1,{"b":2},', b'{"a":', b'x},{"', b'{"a"b"c},', b"}", b'\\"'])
def test_a_hostile_document_costs_a_bounded_search(unit: bytes) -> None:
    """What never matches is searched so far and no further, and all of it is kept."""
    body = b'[\n{"z":"' + unit * ((1 << 20) // len(unit))
    found = _all(body)
    assert len(found) < 2000
    assert b"".join(piece.data for piece in found).translate(None, b" \n,[]") == body.translate(
        None, b" \n,[]"
    )
