"""Scheduled Job Activity (1006): cron runs a command, or a crontab is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_system import ScheduledJobActivity
from affidavit.formats.ocsf.objects import Actor, Job
from affidavit.sources.linux.subjects import always, process, remainder, user

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

CREATE, UPDATE, DELETE, START, OTHER = 1, 2, 3, 6, 99
"""activity_id."""


def scheduled_job(saying: Saying, family: Family, found: Found) -> ScheduledJobActivity:
    """The event of a line of cron; the job is the command, or the crontab of the user that is named."""
    command = found.pop("command", None)
    who = user(found)
    owner = user(found, "owner") if "owner" in found else who
    return ScheduledJobActivity(
        **always(saying, family),
        actor=Actor(user=who, process=process(saying)),
        job=Job(name=command or f"crontab of {owner.name}", cmd_line=command, user=owner),
        unmapped=remainder(saying, found),
    )
