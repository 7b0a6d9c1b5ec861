"""The five parts of a record, as bytes that are stored and hashed as they are (docs/spec/record.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf.event import MARKS
from affidavit.formats.record.seal import NAMES

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


__all__ = ["NAMES", "Parts", "merge", "split"]


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
_CONSTANT: dict[tuple[type[Event], int], bytes] = {}


def split(event: Event, raw: bytes) -> Parts:
    """Encode `event` once and cut it at the marks between the parts; `raw` is kept as it came."""
    encoded = _ENCODE(event)
    actor_at = encoded.index(_ACTOR)
    target_at = encoded.index(_TARGET, actor_at)
    detail_at = encoded.index(_DETAIL, target_at)
    actor = encoded[actor_at + len(_ACTOR) + 1 : target_at - 1]
    target = encoded[target_at + len(_TARGET) + 1 : detail_at - 1]
    detail = encoded[detail_at + len(_DETAIL) + 1 : -1]
    return Parts(
        actor=b"{%b}" % actor if actor else b"",
        detail=b"{%b}" % detail if detail else b"",
        facts=b"{%b,%b}" % (_constant(event), encoded[1 : actor_at - 1]),
        raw=raw,
        target=b"{%b}" % target if target else b"",
    )


def _constant(event: Event) -> bytes:
    """The attributes that follow from class and activity, as the beginning of the facts."""
    kind, activity = type(event), event.activity_id
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
