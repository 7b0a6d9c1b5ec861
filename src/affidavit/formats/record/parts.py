"""The five parts of a record, as bytes that are stored and hashed as they are (docs/spec/record.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf.event import MARKS, RARE
from affidavit.formats.record.seal import NAMES
from affidavit.formats.record.sealed import PART_ORDER

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


__all__ = ["NAMES", "Parts", "in_one", "join_parts", "merge", "split"]


class Parts(NamedTuple):
    """The bytes of each part as stored and hashed; empty means absent."""

    actor: bytes
    detail: bytes
    facts: bytes
    raw: bytes
    target: bytes


_ENCODE = msgspec.json.Encoder().encode
_ATTRIBUTES = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_ACTOR, _TARGET, _DETAIL = (f'"{name}":0'.encode() for name in MARKS)
_RARE = RARE.encode()
_BEHIND = tuple(len(mark) - 1 for mark in (_ACTOR, _TARGET, _DETAIL))
"""Where the attributes begin behind RARE: the mark without its quote and RARE itself, and a comma."""
_CONSTANT: dict[tuple[type[Event], int], bytes] = {}


def split(event: Event, raw: bytes) -> Parts:
    """Encode `event` once and cut it at the marks between the parts; `raw` is kept as it came."""
    actor, target, detail, facts = _cut(event)
    return Parts(
        actor=b"{%b}" % actor if actor else b"",
        detail=b"{%b}" % detail if detail else b"",
        facts=b"{%b,%b}" % (_constant(event), facts),
        raw=raw,
        target=b"{%b}" % target if target else b"",
    )


def in_one(event: Event, raw: bytes) -> bytes:
    """As `split`, in one value in the order of PART_ORDER, a line feed between any two (docs/spec/lake.md)."""
    actor, target, detail, facts = _cut(event)
    constant = _constant(event)
    if actor and target and detail:
        return b"".join(
            (b"{", actor, b"}\n{", target, b"}\n{", detail, b"}\n{", constant, b",", facts, b"}\n", raw)
        )
    first = (b"{%b}" % part if part else b"" for part in (actor, target, detail))
    return b"\n".join((*first, b"{%b,%b}" % (constant, facts), raw))


def join_parts(parts: Parts) -> bytes:
    """Parts as `in_one` returns them; RecordError where one holds a line feed, which compact JSON never does."""
    values = [getattr(parts, name) for name in PART_ORDER]
    if any(b"\n" in value for value in values[:-1]):
        raise RecordError("a part other than raw holds a line feed")
    return b"\n".join(values)


def _cut(event: Event) -> tuple[bytes, bytes, bytes, bytes]:
    """What stands between the brackets of actor, target, detail and facts, of the facts without what is constant."""
    encoded = _ENCODE(event)
    if b"\n" in encoded:  # out of a vendor's own JSON, taken over as it was
        raise RecordError("an event is not compact JSON: it holds a line feed")
    cut = encoded.split(_RARE)
    if len(cut) == len(MARKS) + 1:  # then these are the marks: each holds it once
        facts, actor, target, detail = cut
        return actor[_BEHIND[0] : -2], target[_BEHIND[1] : -2], detail[_BEHIND[2] : -1], facts[1:-2]
    facts, rest = encoded.split(_ACTOR, 1)
    actor, rest = rest.split(_TARGET, 1)
    target, detail = rest.split(_DETAIL, 1)
    return actor[1:-1], target[1:-1], detail[1:-1], facts[1:-1]


def _constant(event: Event) -> bytes:
    """The attributes that follow from class and activity, as the beginning of the facts."""
    kind, activity = event.__class__, event.activity_id
    known = _CONSTANT.get((kind, activity))
    if known is None:
        document = {
            "category_name": kind.CATEGORY_NAME,
            "category_uid": kind.CATEGORY_UID,
            "class_name": kind.CLASS_NAME,
            "class_uid": kind.CLASS_UID,
            "type_uid": kind.CLASS_UID * 100 + activity,
            "activity_name": kind.ACTIVITIES.get(activity, "Other"),
        }
        known = _CONSTANT[kind, activity] = _ENCODE(document)[1:-1]
    return known


def merge(parts: Parts) -> dict[str, msgspec.Raw]:
    """The OCSF event: the shallow merge of facts, actor, target and detail, values undecoded.

    RecordError where a part is no JSON object or two parts hold one attribute.
    """
    event: dict[str, msgspec.Raw] = {}
    for name in ("facts", "actor", "target", "detail"):
        part: bytes = getattr(parts, name)
        if not part:
            continue
        try:
            attributes = _ATTRIBUTES(part)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordError(f"part {name} is not a JSON object: {error}") from error
        if twice := event.keys() & attributes.keys():
            raise RecordError(f"part {name} repeats {', '.join(sorted(twice))}")
        event |= attributes
    return event
