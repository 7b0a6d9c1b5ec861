"""Account Change (3001): useradd, usermod, userdel, passwd and their kin change a local account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import AccountChange
from affidavit.formats.ocsf.objects import Actor, User
from affidavit.sources.linux.subjects import always, process, remainder, user

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

CREATE, ENABLE, PASSWORD_CHANGE, DELETE, LOCK, UNLOCK, OTHER = 1, 2, 3, 6, 9, 12, 99
"""activity_id."""


def account_change(saying: Saying, family: Family, found: Found) -> AccountChange:
    """The event of a line about a change to an account; the acting user is known only where it is named."""
    by = found.pop("by", None)
    service = found.pop("service", None) or saying.line.program
    program = process(saying)
    return AccountChange(
        **always(saying, family),
        actor=Actor(user=User(name=by) if by else None, process=program, app_name=service or "syslog"),
        status_detail=found.pop("reason", None),
        user=user(found),
        unmapped=remainder(saying, found),
    )
