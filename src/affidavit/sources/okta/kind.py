"""The source type `okta.system_log`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.core.errors import EventError
from affidavit.core.ids import SourceType
from affidavit.sources.interface import SourceKind
from affidavit.sources.okta.event_types import rule
from affidavit.sources.okta.frame import frame
from affidavit.sources.okta.reading import read

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


def map_event(raw: bytes, received_us: int) -> Event:
    """The OCSF event of one System Log event; EventError where `raw` is none."""
    event, misfit = read(raw)
    code = event.event_type
    if not code:
        raise EventError("no eventType: not an Okta System Log event", code="no-event-type")
    build, profiles, activity_id, option = rule(code)
    mapped: Any = build(
        frame(event, received_us=received_us, activity_id=activity_id, option=option, profiles=profiles)
    )
    if misfit is not None:
        left = msgspec.json.decode(msgspec.json.encode(mapped.unmapped or {}))
        named = {misfit.names.get(name, name): value for name, value in left.items()}
        mapped.unmapped = _together(named, misfit.rest) or None
    result: Event = mapped
    return result


def _together(left: Any, right: Any) -> Any:
    """Two remainders of one event as one."""
    if isinstance(left, dict) and isinstance(right, dict):
        joined = dict(left)
        for name, value in right.items():
            joined[name] = _together(joined[name], value) if name in joined else value
        return joined
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    return right


KIND = SourceKind(
    type=SourceType("okta.system_log"),
    title="Okta System Log",
    version=1,
    framing="json",
    envelope=None,
    map=map_event,
)
