"""A row that verification does not look at again has the query columns of its parts, whatever they hold."""

from __future__ import annotations

import json
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.simulators.listed import Listed

from affidavit.core.errors import RecordError
from affidavit.evidence.records import check_rows
from affidavit.formats.record.columns import Columns, derive
from affidavit.formats.record.strings import Strings
from affidavit.lake.prepared import to_arrow
from affidavit.lake.query_columns import arrays_of, query_columns
from affidavit.lake.rows import Block
from affidavit.lake.schema import QUERY_COLUMNS
from affidavit.native.leaves import examined
from affidavit.native.library import library

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("uid", "name", "email_addr", "hostname", "ip", "path", "url_string")
WORD = st.sampled_from(
    [
        "",
        "a",
        "A",
        "alice@Example.com",
        "10.0.0.1",
        "01.2.3.4",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "::1",
        "host",
        "Zoë",
        "İ",
        "ß",
        "a\\b",
        'a"b',
        "tab\t",
        "\x7f",
        "x" * 300,
    ]
) | st.text(max_size=6)
LEAF = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | WORD
ANY = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3), max_leaves=6
)
THING: st.SearchStrategy[Any] = st.recursive(
    st.dictionaries(st.sampled_from([*NAMES, "type"]), WORD | st.none(), max_size=4),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={name: inner | st.none() for name in ("user", "group", "account", "org", "uid", "policy")},
    ),
    max_leaves=5,
)
TARGET = st.dictionaries(
    st.sampled_from(["user", "resources", "group", "note"]), THING | st.lists(THING | WORD, max_size=3) | ANY
)
USER = st.fixed_dictionaries({}, optional={name: WORD | st.none() for name in NAMES[:3]})
END = st.none() | st.fixed_dictionaries({}, optional={"ip": WORD, "hostname": WORD, "port": st.integers()})
ACTOR = st.fixed_dictionaries(
    {},
    optional={
        "actor": st.fixed_dictionaries({}, optional={"user": USER, "session": ANY}) | ANY,
        "src_endpoint": END,
        "device": END | ANY,
        "http_request": ANY,
    },
)
FACTS = st.fixed_dictionaries(
    {"time": st.integers(-(10**13), 10**13), "class_uid": st.sampled_from([3002, 2004, 6003, 0, -5])},
    optional={
        "activity_id": st.integers(0, 99),
        "type_uid": st.integers(0, 999_999),
        "severity_id": st.integers(-1, 99) | st.none(),
        "status_id": st.integers(0, 3) | st.floats(0, 3),
        "action_id": st.integers(0, 3),
        "activity_name": WORD | st.none(),
        "api": st.none() | st.fixed_dictionaries({}, optional={"operation": WORD, "request": ANY}),
        "metadata": st.none() | st.fixed_dictionaries({}, optional={"event_code": WORD | LEAF, "uid": ANY}),
    },
)
PLAIN = {
    "facts": b'{"time":1700000000000,"class_uid":3002,"activity_id":1,"type_uid":300201,"severity_id":1,'
    b'"status_id":1,"activity_name":"Logon","metadata":{"event_code":"user.Login","version":"1.8.0"}}',
    "actor": '{"actor":{"user":{"name":"Alice@example.com","uid":"U1","full_name":"Zoë"}},'
    '"src_endpoint":{"location":{"lat":-1.5},"ip":"10.1.2.3"}}'.encode(),
    "target": b'{"user":{"uid":"U1","account":{"name":"Main"}},"resources":[{"name":"Payroll","data":[1,null]}]}',
}


def encoded(value: Any) -> bytes:
    """Compact JSON, as the mappings write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def changed(columns: Columns, name: str, value: Any) -> Columns:
    """The columns with another value in one of them."""
    values: dict[str, Any] = columns._asdict() | {name: value}
    return Columns(**values)


def block(parts: Sequence[dict[str, bytes]], columns: Sequence[Columns]) -> Block:
    """Stored rows with these parts and columns."""
    count = len(parts)
    listed = Listed(
        first_index=0,
        records=[bytes(16)] * count,
        salts=[bytes(16)] * count,
        kinds=["event"] * count,
        sources=["s"] * count,
        classes=[json.loads(row["facts"])["class_uid"] for row in parts],
        mappers=["m"] * count,
        seqs=list(range(count)),
        received_us=[0] * count,
        sealed_us=0,
        batches=["b"] * count,
        detail=[b""] * count,
        raw=[b"raw"] * count,
        **{name: [row[name] for row in parts] for name in PLAIN},
    )
    table = to_arrow(listed.segment)
    for name, column in zip(QUERY_COLUMNS, arrays_of(columns), strict=True):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), column.cast(table.schema.field(at).type))
    return Block(table.combine_chunks().to_batches()[0])


def doubtful(rows: Block) -> list[int]:
    """Those of which the library is not sure."""
    assert rows.queried is not None
    [piece] = examined(rows.sealed, rows.queried)
    return list(piece.doubts)


@settings(suppress_health_check=[HealthCheck.too_slow])  # nested JSON takes a busy machine a while to make
@given(
    facts=FACTS,
    actor=ACTOR | st.none(),
    target=TARGET | st.none(),
    change=st.sampled_from([None, *range(15)]),
)
@example(
    facts={"time": 0, "class_uid": 3002}, actor=None, target={"user": {"uid": "a", "name": "A"}}, change=None
)
@example(
    facts={"time": 0, "class_uid": 2004, "action_id": 1, "status_id": 2}, actor=None, target=None, change=None
)
def test_what_is_not_looked_at_again_is_right(
    facts: Any, actor: Any, target: Any, change: int | None
) -> None:
    """Any JSON in the parts, and columns that are theirs or not: only theirs pass without being derived."""
    parts = {
        "facts": encoded(facts),
        "actor": b"" if actor is None else encoded(actor),
        "target": b"" if target is None else encoded(target),
    }
    try:
        meant = derive(parts["facts"], parts["actor"], parts["target"])
    except RecordError:
        return
    stored = meant
    if change is not None and change != Columns._fields.index("class_uid"):
        name = Columns._fields[change]
        held = getattr(meant, name)
        stored = changed(meant, name, held + 1 if isinstance(held, int) else f"{held or ''}x")
    try:
        rows = block([parts], [stored])
    except RecordError:  # lone surrogates, numbers beyond the columns
        return
    if not doubtful(rows):
        assert rows.columns == [meant]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(FACTS, ACTOR | st.none(), TARGET | st.none()), min_size=1, max_size=4))
def test_what_is_sealed_has_the_columns_that_are_derived(rows: Any) -> None:
    """Any JSON in the parts of some records: the library writes what Python derives, or leaves it to Python."""
    values, meant = [], []
    for part in rows:
        facts, actor, target = (b"" if value is None else encoded(value) for value in part)
        try:
            meant.append(derive(facts, actor, target))
        except RecordError:
            continue
        values.append(b"\n".join((actor, target, b"", facts, b"raw")))
    try:
        right = arrays_of(meant) if meant else []
    except RecordError:  # lone surrogates, numbers beyond the columns
        return
    written = query_columns(strings(values)) if meant else []
    for name, found, column in zip(QUERY_COLUMNS, written, right, strict=False):
        found.validate(full=True)
        assert found.equals(column), name
    assert len(written) == len(right)


def test_words_of_any_length_are_written() -> None:
    """Room is made for what a batch's words take, however unlike they are."""
    target = encoded({"user": {"uid": "U" * 2000, "name": "n"}})
    plain = b"\n".join((PLAIN["actor"], PLAIN["target"], b"", PLAIN["facts"], b""))
    long = b"\n".join((b"", target, b"", PLAIN["facts"], b""))
    column = query_columns(strings([plain, *[long] * 40, plain]))[QUERY_COLUMNS.index("resources")]
    assert column.to_pylist()[1:-1] == ["\n" + "u" * 2000 + "\nn\n"] * 40
    assert column[0] == column[41]


def strings(values: Sequence[bytes]) -> Strings:
    """A column of them."""
    return Strings(
        data=b"".join(values), offsets=array("q", accumulate(map(len, values), initial=0)), count=len(values)
    )


def test_columns_that_were_cut_short_are_refused() -> None:
    """Offsets that fall or lead outside the data are an error, not a read."""
    for offsets in ([0, 5, 3], [0, 4, 400], [-1, 0, 1]):
        bad = Strings(data=b"abcdef", offsets=array("q", offsets), count=2)
        with pytest.raises(RecordError):
            query_columns(bad)


def test_a_plain_record_is_decided_by_the_library() -> None:
    """No decoding for what nearly all records look like; where nothing was compiled, everything is decoded."""
    rows = block([PLAIN] * 3, [derive(**PLAIN)] * 3)
    assert doubtful(rows) == ([] if library() is not None else [0, 1, 2])


@pytest.mark.parametrize("count", [500, 520, 70_000])
@pytest.mark.parametrize("word", ["x", "x" * 40, "Zoë", "a\\b", 'a"b'])
def test_a_part_of_any_length_is_told_from_another(count: int, word: str) -> None:
    """However many strings it has, and whatever is in them."""
    parts = {**PLAIN, "actor": encoded({"device": {"ip": "10.1.2.3"}, "roles": [word] * count})}
    right = derive(**parts)
    rows = block([parts] * 2, [right, changed(right, "src_ip", "10.1.2.4")])
    checked = check_rows("file", [rows], first=0, end=2, size=0, leaves=lambda *_: b"", examined=examined)
    assert [each.where for each in checked.differences] == ["file record 1"]


@pytest.mark.parametrize("name", Columns._fields)
def test_a_changed_column_is_named_with_its_record(name: str) -> None:
    """One difference, at that record, naming that column, whichever it is and whoever looks."""
    right = derive(**PLAIN)
    held = getattr(right, name)
    wrong = changed(right, name, held + 1 if isinstance(held, int) else f"{held}x")
    rows = block([PLAIN] * 40, [right] * 17 + [wrong] + [right] * 22)
    checked = check_rows("file", [rows], first=0, end=40, size=0, leaves=lambda *_: b"", examined=examined)
    assert [(each.code, each.where) for each in checked.differences] == [("column-differs", "file record 17")]
    assert name in checked.differences[0].what


def test_null_is_not_an_empty_name() -> None:
    """A column that must be null and is empty, or the other way round, differs."""
    nobody = {**PLAIN, "actor": b"", "target": b""}
    right = derive(**nobody)
    for name in ("actor_uid", "actor_name", "actor_email", "src_ip", "src_net"):
        rows = block([nobody] * 2, [right, changed(right, name, "")])
        assert 1 in doubtful(rows)
