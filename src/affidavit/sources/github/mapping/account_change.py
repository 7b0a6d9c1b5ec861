"""Account Change (3001): users made, suspended and removed; passwords and second factors changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import AccountChange
from affidavit.sources.github.mapping.placing import with_org
from affidavit.sources.github.principal import UNKNOWN_USER, subject

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()


def build(frame: Frame) -> AccountChange:
    """The account is the user acted on, or the actor's own."""
    event = AccountChange(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        user=with_org(frame, subject(frame.event) or frame.user or UNKNOWN_USER),
    )
    frame.finish(event)
    return event
