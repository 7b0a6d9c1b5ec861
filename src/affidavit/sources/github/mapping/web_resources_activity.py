"""Web Resources Activity (6001): repositories and what is in them: branches, hooks, keys, packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import WebResourcesActivity
from affidavit.formats.ocsf.objects import WebResource
from affidavit.sources.github.taking import ident, inner, text

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ("host",)


def build(frame: Frame) -> WebResourcesActivity:
    """What the action is about comes first, then repository, organisation and enterprise."""
    raw = frame.event
    kind = frame.action.partition(".")[0]
    found = [WebResource(uid=one.uid, name=one.name, type=one.type) for one in frame.things]
    if kind != "repo":
        uid = ident(raw, f"{kind}_id") or inner(raw, "data", f"{kind}_id")
        name = text(raw, "name") or text(raw, "branch")
        if uid is not None or name is not None:
            url = inner(raw, "config", "url") if kind == "hook" else None
            found.insert(0, WebResource(uid=uid, name=name, type=kind, url_string=url))
    event = WebResourcesActivity(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        web_resources=found or [WebResource(name=kind, type=kind)],
    )
    frame.finish(event)
    return event
