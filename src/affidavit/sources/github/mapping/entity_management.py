"""Entity Management (3004): settings, apps, tokens and policies of an organisation or enterprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import ManagedEntity
from affidavit.sources.github.mapping.placing import organization, put_back
from affidavit.sources.github.principal import subject
from affidavit.sources.github.taking import ident, text

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()
_TYPES = {"team": 3, "organization": 4, "enterprise": 4}
_OTHER = 99


def build(frame: Frame) -> EntityManagement:
    """The entity is what the event names, else the narrowest thing that it concerns; a user hangs on it."""
    raw = frame.event
    kind = frame.action.partition(".")[0]
    uid, name = ident(raw, f"{kind}_id"), text(raw, "name")
    things = frame.things
    if uid is not None or name is not None:
        managed = ManagedEntity(uid=uid, name=name, type=kind, type_id=_OTHER)
    elif things:
        one = things.pop(0)
        managed = ManagedEntity(
            uid=one.uid, name=one.name, type=one.type, type_id=_TYPES.get(one.type, _OTHER)
        )
    else:
        managed = ManagedEntity(name=kind, type=kind, type_id=_OTHER)
    managed.org = organization(frame)
    managed.user = subject(raw)
    put_back(frame, things)
    event = EntityManagement(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        entity=managed,
    )
    frame.finish(event)
    return event
