"""Group Management (3006): a role bound to one group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement
from affidavit.formats.ocsf.objects import Group

if TYPE_CHECKING:
    from affidavit.sources.kubernetes.bindings import Grant
    from affidavit.sources.kubernetes.request import Request

ASSIGN_PRIVILEGES = 1
"""activity_id."""


def event(request: Request, grant: Grant) -> GroupManagement:
    """The new binding as Group Management; the binding is its `resource`."""
    return GroupManagement(
        activity_id=ASSIGN_PRIVILEGES,
        group=Group(name=grant.name),
        privileges=[grant.role],
        resource=request.resources[0] if request.resources else None,
        **request.access(),
    )
