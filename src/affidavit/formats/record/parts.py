"""The five parts of a record, as bytes that are stored and hashed as they are (docs/spec/record.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf.event import MARKS
from affidavit.formats.record.seal import NAMES
from affidavit.formats.record.sealed import PART_ORDER

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


__all__ = ["MARKED", "NAMES", "Parts", "compact", "constant", "cut", "join_parts", "merge", "split"]


class Parts(NamedTuple):
    """The bytes of each part as stored and hashed; empty means absent."""

    actor: bytes
    detail: bytes
    facts: bytes
    raw: bytes
    target: bytes


_ENCODE = msgspec.json.Encoder().encode
encode_into = msgspec.json.Encoder().encode_into
"""(event, room, start): its JSON, marks included, from byte `start` of a bytearray on, which then ends where it ends.

Where it fails, what lies behind `start` is undefined.
"""
LINE_FEED = b"\n"
_ATTRIBUTES = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
MARKED = tuple(f'"{name}":0'.encode() for name in MARKS)
"""What stands in an encoded event where its facts, its actor and its target end, in this order."""
_CONSTANT: dict[tuple[type[Event], int], bytes] = {}


def split(event: Event, raw: bytes) -> Parts:
    """Encode `event` once and cut it at the marks between the parts; `raw` is kept as it came."""
    facts, actor, target, detail = cut(compact(event))
    return Parts(
        actor=b"{%b}" % actor if actor else b"",
        detail=b"{%b}" % detail if detail else b"",
        facts=b"{%b,%b}" % (constant(event), facts),
        raw=raw,
        target=b"{%b}" % target if target else b"",
    )


def join_parts(parts: Parts) -> bytes:
    """Parts as they are stored, a line feed between any two (docs/spec/lake.md).

    RecordError where one other than raw holds a line feed, which compact JSON never does.
    """
    values = [getattr(parts, name) for name in PART_ORDER]
    if any(b"\n" in value for value in values[:-1]):
        raise RecordError("a part other than raw holds a line feed")
    return b"\n".join(values)


def compact(event: Event) -> bytes:
    """The event as JSON, marks included; RecordError where that holds a line feed, out of a vendor's own JSON."""
    encoded = _ENCODE(event)
    if LINE_FEED in encoded:
        raise not_compact()
    return encoded


def not_compact() -> RecordError:
    """What an event is refused with whose JSON holds a line feed."""
    return RecordError("an event is not compact JSON: it holds a line feed")


def cut(encoded: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """What stands between the brackets of facts, actor, target and detail, of the facts without what is constant."""
    facts, rest = encoded.split(MARKED[0], 1)
    actor, rest = rest.split(MARKED[1], 1)
    target, detail = rest.split(MARKED[2], 1)
    return facts[1:-1], actor[1:-1], target[1:-1], detail[1:-1]


def constant(event: Event) -> bytes:
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
