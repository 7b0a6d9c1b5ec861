"""The five parts of a record, and which top-level OCSF attribute belongs to which (docs/spec/record.md).

Personal by default: only the allow-list FACTS goes into the unsalted part, so a new attribute that nobody
has thought about lands in `detail`, which can be erased.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf.event import Event

NAMES = ("actor", "detail", "facts", "raw", "target")
"""The parts, in the order in which a body commits to them."""

FACTS = frozenset(
    """action action_id activity_id activity_name api auth_protocol auth_protocol_id category_name category_uid
    class_name class_uid cloud confidence confidence_id confidence_score count disposition disposition_id
    duration end_time is_alert is_cleartext is_mfa is_new_logon is_remote logon_type logon_type_id metadata
    risk_level risk_level_id risk_score severity severity_id start_time status status_code status_id time
    timezone_offset type_name type_uid""".split()
)
ACTOR = frozenset(
    """actor authentication_token certificate device http_cookies http_request process proxy proxy_endpoint
    proxy_http_request session src_endpoint""".split()
)
TARGET = frozenset(
    """app application applications databucket database dst_endpoint entity entity_result file file_result
    folder group job policies policy privileges requested_permissions resource resources service share
    subgroup table user user_result users web_resources web_resources_result""".split()
)


class Parts(NamedTuple):
    """The bytes of each part as stored and hashed; empty means absent."""

    actor: bytes
    detail: bytes
    facts: bytes
    raw: bytes
    target: bytes


_ENCODE = msgspec.json.Encoder().encode
_ATTRIBUTES = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_WHICH = dict.fromkeys(FACTS, 0) | dict.fromkeys(ACTOR, 1) | dict.fromkeys(TARGET, 2)
_DETAIL = 3
_CONSTANT: dict[tuple[type[Event], int], bytes] = {}


def split(event: Event, raw: bytes) -> Parts:
    """Encode `event` once and divide its top-level attributes; `raw` is kept as it came."""
    facts: dict[str, msgspec.Raw] = {}
    actor: dict[str, msgspec.Raw] = {}
    target: dict[str, msgspec.Raw] = {}
    detail: dict[str, msgspec.Raw] = {}
    groups = (facts, actor, target, detail)
    which = _WHICH.get
    for name, value in _ATTRIBUTES(_ENCODE(event)).items():
        groups[which(name, _DETAIL)][name] = value
    return Parts(
        actor=_ENCODE(actor) if actor else b"",
        detail=_ENCODE(detail) if detail else b"",
        facts=b"{%b,%b" % (_constant(event), _ENCODE(facts)[1:]),
        raw=raw,
        target=_ENCODE(target) if target else b"",
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
