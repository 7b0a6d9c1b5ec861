"""Each column of records.csv follows from the entry and the disclosed parts, as docs/spec/bundle.md says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit.core.errors import BundleError
from affidavit.evidence.bundle.table import HEADER, Line, csv_line, facts_of, line_of
from affidavit.formats.bundle.records import BundledRecord, Part, Shown, Withheld
from affidavit.formats.record.entry import Entry

ENTRY = Entry(
    body="00" * 32,
    class_uid=3002,
    kind="event",
    mapper="okta.system_log/3",
    received_us=1_795_424_400_123_456,
    record="019ac000-0000-7000-8000-000000000001",
    seq=7,
    source="okta-prod",
)
HIDDEN = Withheld(bytes(32))


def shown(value: Any) -> Shown:
    """A part that is disclosed; bytes stand as they are."""
    return Shown(bytes(16), value if isinstance(value, bytes) else json.dumps(value).encode())


def line(actor: Any = b"", facts: Any = b"", target: Any = b"") -> Line:
    """The row of a record with these parts; None withholds one."""
    parts: list[Part] = [
        HIDDEN if part is None else shown(part) for part in (actor, b"{}", facts, b"raw", target)
    ]
    record = BundledRecord(20, tuple(parts))
    return line_of(ENTRY, record, facts_of(record))


def test_the_headings_are_those_of_the_format() -> None:
    """In their order."""
    assert HEADER == (
        b"index,occurred,received,source,seq,kind,class,action,outcome,actor,target,from,record,mapper\r\n"
    )


def test_a_row_holds_what_entry_and_parts_say() -> None:
    """Every column, in the order of the headings, as a line of RFC 4180."""
    row = line(
        actor={"actor": {"user": {"name": "Zoë"}}, "src_endpoint": {"ip": "203.0.113.24"}},
        facts={
            "class_uid": 3002,
            "class_name": "Authentication",
            "time": 1_795_424_399_001,
            "activity_name": "Logon",
            "status_id": 1,
        },
        target={"user": {"email_addr": "z@x.example"}, "service": {"name": "Payroll, EU"}},
    )
    assert csv_line(row).decode() == (
        "20,2026-11-23T08:59:59.001000Z,2026-11-23T09:00:00.123456Z,okta-prod,7,event,Authentication,Logon,success,"
        "Zoë,z@x.example,203.0.113.24,019ac000-0000-7000-8000-000000000001,okta.system_log/3\r\n"
    )
    assert row.target == "z@x.example"


def test_what_is_withheld_is_said_and_what_is_absent_is_empty() -> None:
    """Each part by itself."""
    withheld = "(withheld)"
    row = line(actor=None, facts=None, target=None)
    assert (row.occurred, row.action, row.outcome, row.actor, row.target, row.origin) == (withheld,) * 6
    assert row.class_name == "3002"
    row = line()
    assert (row.occurred, row.action, row.outcome, row.actor, row.target, row.origin) == (
        ("", "", "unknown", "", "", "")
    )
    assert row.class_name == "3002"
    assert facts_of(BundledRecord(20, (HIDDEN,) * 5)) is None


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999000Z"),
        (253_402_300_800_000, ""),
        (-1, ""),
        (1.5, ""),
        (True, ""),
        ("2026", ""),
        (None, ""),
    ],
)
def test_occurred_is_a_time_or_nothing(time: Any, told: str) -> None:
    """Milliseconds since 1970, up to the year 9999."""
    assert line(facts={"time": time}).occurred == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"metadata": {"event_code": "a"}, "api": {"operation": "b"}, "activity_name": "c"}, "a"),
        ({"metadata": {"event_code": ""}, "api": {"operation": "b"}, "activity_name": "c"}, "b"),
        ({"metadata": {"event_code": 5}, "api": {}, "activity_name": "c"}, "c"),
        ({"metadata": "x", "api": None, "activity_name": "c"}, "c"),
        ({"metadata": {"event_code": "a\ud800b"}}, "a?b"),
        ({}, ""),
    ],
)
def test_action_is_the_first_that_is_told(facts: dict[str, Any], told: str) -> None:
    """Code of the event, operation, activity."""
    assert line(facts=facts).action == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"status_id": 0}, "unknown"),
        ({"status_id": 1}, "success"),
        ({"status_id": 2}, "failure"),
        ({"status_id": 99}, "other"),
        ({"status_id": "1"}, "other"),
        ({"status_id": 1, "action_id": 2, "class_uid": 1999}, "success"),
        ({"status_id": 1, "action_id": 2, "class_uid": 2000}, "failure"),
        ({"status_id": 2, "action_id": 1, "class_uid": 2004}, "success"),
        ({"status_id": 1, "class_uid": 2004}, "unknown"),
        ({"status_id": 1, "action_id": 2, "class_uid": 3000}, "success"),
        ({"status_id": 1, "action_id": 2, "class_uid": "2004"}, "success"),
    ],
)
def test_outcome_is_that_of_the_class(facts: dict[str, Any], told: str) -> None:
    """By `status_id`; of findings, which are category 2, by `action_id`."""
    assert line(facts=facts).outcome == told


@pytest.mark.parametrize("hidden", [b"email_addr", b"name", b"uid", b"hostname", b"ip", b"path", b"none"])
def test_a_name_is_the_first_that_is_told(hidden: bytes) -> None:
    """Of six members; what is empty or no text does not count."""
    names = ["email_addr", "name", "uid", "hostname", "ip", "path"]
    at = names.index(hidden.decode()) if hidden != b"none" else len(names)
    user = {
        name: ("" if number % 2 else 5) if number < at else name.upper() for number, name in enumerate(names)
    }
    assert line(actor={"actor": {"user": user}}).actor == (names[at].upper() if at < len(names) else "")


def test_an_actor_that_is_not_named_is_the_user_of_the_target() -> None:
    """Where both are disclosed."""
    target = {"user": {"name": "Mina"}}
    assert line(actor={"actor": {"user": {"name": "Amelia"}}}, target=target).actor == "Amelia"
    assert line(actor={"actor": {"user": {}}}, target=target).actor == "Mina"
    assert line(actor={"actor": "x"}, target=target).actor == "Mina"
    assert line(actor={}, target=target).actor == "Mina"
    assert line(actor={}, target=None).actor == ""
    assert line(actor=None, target=target).actor == "(withheld)"


TARGETS = [
    "resources", "web_resources", "entity", "group", "resource", "user", "service", "dst_endpoint", "database",
]  # fmt: skip


@pytest.mark.parametrize("first", TARGETS)
def test_target_is_the_first_that_has_a_name(first: str) -> None:
    """Of nine members; those that are a list are joined, those without a name are passed over."""
    at = TARGETS.index(first)
    target: dict[str, Any] = {name: [{"name": name}, {}, {"uid": "2"}] for name in TARGETS[at:]}
    target |= {name: {"title": "x"} for name in TARGETS[:at]}
    assert line(target=target).target == f"{first}; 2"
    assert line(target={**target, first: {"name": "alone"}}).target == "alone"


@pytest.mark.parametrize(
    ("actor", "told"),
    [
        ({"src_endpoint": {"ip": "192.0.2.1", "hostname": "a"}, "device": {"ip": "192.0.2.2"}}, "192.0.2.1"),
        ({"src_endpoint": {"hostname": "a"}, "device": {"ip": "192.0.2.2"}}, "a"),
        ({"src_endpoint": {}, "device": {"ip": "192.0.2.2", "hostname": "b"}}, "192.0.2.2"),
        ({"device": {"hostname": "b"}}, "b"),
        ({"src_endpoint": "x"}, ""),
    ],
)
def test_from_is_where_the_actor_was(actor: dict[str, Any], told: str) -> None:
    """Address or name of the endpoint, else of the device."""
    assert line(actor=actor).origin == told


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    """In any column that holds text of an event; the apostrophe keeps a spreadsheet from computing it."""
    row = line()._replace(class_name=text, action=text, actor=text, target=text, origin=text)
    cell = f"'{text}"
    cell = f'"{cell}"' if "\r" in cell else cell
    fields = csv_line(row).decode().split(",")
    assert [fields[at] for at in (6, 7, 9, 10, 11)] == [cell] * 5


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a,b", '"a,b"'),
        ('a"b"', '"a""b"""'),
        ("a\rb", '"a\rb"'),
        ("a\nb", '"a\nb"'),
        ("1=2", "1=2"),
        ("xylophone", "xylophone"),
        ("sax", "sax"),
        ("a;b", "a;b"),
        ("", ""),
        ('=",', '"\'="","'),
    ],
)
def test_what_is_special_in_a_table_is_quoted(text: str, cell: str) -> None:
    """Commas, quotes and ends of lines, as RFC 4180 says, and nothing else."""
    assert f",{cell},unknown," in csv_line(line()._replace(action=text)).decode()


@pytest.mark.parametrize("data", [b"[]", b"5", b"null", b"{", b"{}x", b" ", b"\xff", b"[" * 100_000])
def test_a_part_that_is_no_json_object_is_refused(data: bytes) -> None:
    """Which part, and of which record."""
    for name in ("actor", "facts", "target"):
        with pytest.raises(BundleError, match=f"the part {name} of record 20") as caught:
            line(**{name: data})
        assert caught.value.code == "records-format"


def test_white_space_around_a_part_is_none_of_the_tables_business() -> None:
    """It is JSON all the same; that the bytes are those that were sealed is found elsewhere."""
    assert line(facts=b' {"status_id": 2}\n').outcome == "failure"


def test_targets_are_remembered_as_long_as_they_are_short() -> None:
    """Up to 2048 bytes: the same ones come again and again; long ones would fill the memory."""
    for length, kept in ((2048, True), (2049, False)):
        target = b'{"user":{"name":"%b"}}' % (b"x" * (length - 20))
        assert len(target) == length
        first, second = line(target=target).target, line(target=target).target
        assert first == second
        assert (first is second) == kept
