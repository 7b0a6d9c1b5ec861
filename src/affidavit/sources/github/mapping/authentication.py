"""Authentication (3002): sign-ins, sign-outs and single sign-on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.objects import Actor, Service
from affidavit.sources.github.mapping.placing import with_org
from affidavit.sources.github.principal import UNKNOWN_USER, subject

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()
_GITHUB = Service(name="GitHub")


def build(frame: Frame) -> Authentication:
    """Whoever signs in is the user acted on, or the actor; either way the actor is named."""
    user = subject(frame.event) or frame.user
    if user is not None and frame.user is None:
        if frame.actor is None:
            frame.actor = Actor(user=user)
        else:
            frame.actor.user = user
    event = Authentication(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        user=with_org(frame, user or UNKNOWN_USER),
    )
    event.service = _GITHUB
    frame.finish(event)
    return event
