"""Records as rows for a person: who, what, on what, with what outcome (docs/spec/bundle.md, Table).

Derived from the disclosed parts alone, so that whoever verifies derives the same bytes again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.core.clock import isoformat
from affidavit.core.errors import BundleError
from affidavit.evidence.bundle.tally import class_and_time
from affidavit.formats.bundle.records import Shown
from affidavit.formats.record.seal import NAMES

if TYPE_CHECKING:
    from affidavit.formats.bundle.records import BundledRecord
    from affidavit.formats.record.entry import Entry

WITHHELD = "(withheld)"
_OUTCOMES = {0: "unknown", 1: "success", 2: "failure"}
_FINDINGS = 2
_FORMULA = "=+-@\t\r"
_QUOTED = frozenset('",\r\n')
_TARGETS = (
    "resources",
    "web_resources",
    "entity",
    "group",
    "resource",
    "user",
    "service",
    "dst_endpoint",
    "database",
)


class Line(NamedTuple):
    """One record as a row; every value is text of the record, so it may be hostile."""

    number: str
    """Its index in the log."""
    occurred: str
    received: str
    source: str
    seq: str
    kind: str
    class_name: str
    action: str
    outcome: str
    actor: str
    target: str
    origin: str
    record: str
    mapper: str


HEADINGS = (
    "index", "occurred", "received", "source", "seq", "kind", "class", "action", "outcome", "actor", "target",
    "from", "record", "mapper",
)  # fmt: skip
HEADER = (",".join(HEADINGS) + "\r\n").encode()


def line_of(entry: Entry, record: BundledRecord) -> Line:
    """The row of a record; BundleError where a disclosed part is no JSON object."""
    actor, _, facts, _, target = (
        _read(record.at, name, part.data) if isinstance(part, Shown) else None
        for name, part in zip(NAMES, record.parts, strict=True)
    )
    time_ms = None if facts is None else class_and_time(record.at, record.parts[2].data)[1]  # type: ignore[union-attr]
    return Line(
        number=str(record.at),
        occurred=WITHHELD if facts is None else "" if time_ms is None else isoformat(time_ms * 1000),
        received=isoformat(entry.received_us),
        source=entry.source,
        seq=str(entry.seq),
        kind=entry.kind,
        class_name=str(entry.class_uid)
        if facts is None
        else _text(facts.get("class_name")) or str(entry.class_uid),
        action=WITHHELD if facts is None else _action(facts),
        outcome=WITHHELD if facts is None else _outcome(facts),
        actor=WITHHELD if actor is None else _actor(actor, target),
        target=WITHHELD if target is None else _target(target),
        origin=WITHHELD if actor is None else _origin(actor),
        record=entry.record,
        mapper=entry.mapper,
    )


def csv_line(line: Line) -> bytes:
    """The row as RFC 4180 has it; what a spreadsheet would take for a formula gets an apostrophe before it."""
    return (",".join(map(_cell, line)) + "\r\n").encode()


def _cell(text: str) -> str:
    if text[:1] in _FORMULA and text:
        text = "'" + text
    return text if _QUOTED.isdisjoint(text) else '"{}"'.format(text.replace('"', '""'))


def _read(index: int, name: str, data: bytes) -> dict[str, Any]:
    if name in ("detail", "raw") or not data:
        return {}
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise BundleError(f"the part {name} of record {index} is no JSON object", code="records-format")
    return read


def _text(value: Any) -> str:
    """Text that has a UTF-8 form; a lone surrogate becomes a question mark."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _action(facts: dict[str, Any]) -> str:
    return (
        _text(_member(facts.get("metadata"), "event_code"))
        or _text(_member(facts.get("api"), "operation"))
        or _text(facts.get("activity_name"))
    )


def _outcome(facts: dict[str, Any]) -> str:
    category = facts.get("class_uid")
    finding = isinstance(category, int) and category // 1000 == _FINDINGS
    status = facts.get("action_id" if finding else "status_id", 0)
    return _OUTCOMES.get(status, "other") if isinstance(status, int) else "other"


def _name(value: Any) -> str:
    """What a user, a resource or an endpoint is called."""
    for member in ("email_addr", "name", "uid", "hostname", "ip", "path"):
        if found := _text(_member(value, member)):
            return found
    return ""


def _actor(actor: dict[str, Any], target: dict[str, Any] | None) -> str:
    return _name(_member(actor.get("actor"), "user")) or _name(_member(target, "user"))


def _target(target: dict[str, Any]) -> str:
    for member in _TARGETS:
        value = target.get(member)
        things = value if isinstance(value, list) else [value]
        if found := [name for name in map(_name, things) if name]:
            return "; ".join(found)
    return ""


def _origin(actor: dict[str, Any]) -> str:
    place = actor.get("src_endpoint") or actor.get("device")
    return _text(_member(place, "ip")) or _text(_member(place, "hostname"))
