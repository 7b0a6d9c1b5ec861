"""Records as rows for a person: who, what, on what, with what outcome (docs/spec/bundle.md, Table).

Derived from the disclosed parts alone, so that whoever verifies derives the same bytes again.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from affidavit.core.clock import isoformat
from affidavit.core.errors import BundleError
from affidavit.evidence.bundle.tally import time_of
from affidavit.formats.bundle.records import ACTOR, FACTS, TARGET, Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.formats.bundle.records import BundledRecord
    from affidavit.formats.record.entry import Entry

    ReadObject = Callable[[bytes], dict[str, Any] | None]
    """What reads a part as `object_of` does."""

_Read = TypeVar("_Read")
WITHHELD = "(withheld)"
_OUTCOMES = {0: "unknown", 1: "success", 2: "failure"}
_FINDINGS = 2
_NAMES = ("email_addr", "name", "uid", "hostname", "ip", "path")
_REMEMBERED_BYTES = 2048
_FORMULA = frozenset("=+-@\t\r")
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
_HOSTILE = tuple(map(Line._fields.index, ("class_name", "action", "actor", "target", "origin")))
"""Cells that may hold characters which are special in a table."""
HEADER = (",".join(HEADINGS) + "\r\n").encode()
_decode = json.JSONDecoder().raw_decode


def object_of(data: bytes) -> dict[str, Any] | None:
    """A part as JSON, an absent one as an empty object; None for any other."""
    if not data:
        return {}
    try:
        text = data.decode().strip(" \t\r\n")
        read, end = _decode(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) and end == len(text) else None


def facts_of(record: BundledRecord, read: ReadObject = object_of) -> dict[str, Any] | None:
    """The facts; None where they are withheld, BundleError where they are no JSON object."""
    part = record.parts[FACTS]
    return _json(record.at, "facts", read(part.data)) if isinstance(part, Shown) else None


def line_of(
    entry: Entry, record: BundledRecord, facts: dict[str, Any] | None, read: ReadObject = object_of
) -> Line:
    """The row of a record; BundleError where a disclosed part is no JSON object."""
    shown_actor, shown_target = record.parts[ACTOR], record.parts[TARGET]
    actor = _json(record.at, "actor", read(shown_actor.data)) if isinstance(shown_actor, Shown) else None
    target = named = None
    if isinstance(shown_target, Shown):
        long = len(shown_target.data) > _REMEMBERED_BYTES
        found = (_target if long else _remembered)(shown_target.data)
        target, named = _json(record.at, "target", found)
    time_ms = None if facts is None else time_of(facts)
    return Line(
        number=str(record.at),
        occurred=WITHHELD if facts is None else "" if time_ms is None else isoformat(time_ms * 1000),
        received=isoformat(entry.received_us),
        source=entry.source,
        seq=str(entry.seq),
        kind=entry.kind,
        class_name=(facts and _text(facts.get("class_name"))) or str(entry.class_uid),
        action=WITHHELD if facts is None else _action(facts),
        outcome=WITHHELD if facts is None else _outcome(facts),
        actor=WITHHELD if actor is None else _name(_member(actor.get("actor"), "user")) or named or "",
        target=WITHHELD if target is None else target,
        origin=WITHHELD if actor is None else _origin(actor),
        record=entry.record,
        mapper=entry.mapper,
    )


def csv_line(line: Line) -> bytes:
    """The row as RFC 4180 has it; what a spreadsheet would take for a formula gets an apostrophe before it."""
    cells: list[str] = list(line)
    for at in _HOSTILE:
        text = cells[at]
        if text[:1] in _FORMULA:
            text = "'" + text
        if "," in text or '"' in text or "\n" in text or "\r" in text:
            text = '"{}"'.format(text.replace('"', '""'))
        cells[at] = text
    return (",".join(cells) + "\r\n").encode()


def _json(index: int, name: str, read: _Read | None) -> _Read:
    """What was read of a part, if it could be."""
    if read is None:
        raise BundleError(f"the part {name} of record {index} is no JSON object", code="records-format")
    return read


def _text(value: Any) -> str:
    """Text that has a UTF-8 form; a lone surrogate becomes a question mark."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode(errors="replace").decode()


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
    if isinstance(value, dict):
        for member in _NAMES:
            if (found := value.get(member)) and (named := _text(found)):
                return named
    return ""


def _target(data: bytes) -> tuple[str, str] | None:
    """What `target` names and its user's name; None where it is no JSON object."""
    target = object_of(data)
    if target is None:
        return None
    named = ""
    for member in _TARGETS:
        value = target.get(member)
        things = value if isinstance(value, list) else [value]
        if found := [name for name in map(_name, things) if name]:
            named = "; ".join(found)
            break
    return named, _name(target.get("user"))


_remembered = lru_cache(maxsize=16_384)(_target)
"""The same people act on the same things again and again."""


def _origin(actor: dict[str, Any]) -> str:
    place = actor.get("src_endpoint") or actor.get("device")
    return _text(_member(place, "ip")) or _text(_member(place, "hostname"))
