"""User Access (3005): a role bound to one user or service account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import UserAccess
from affidavit.sources.kubernetes.identity import user_named

if TYPE_CHECKING:
    from affidavit.sources.kubernetes.bindings import Grant
    from affidavit.sources.kubernetes.request import Request

ASSIGN_PRIVILEGES = 1
"""activity_id."""


def event(request: Request, grant: Grant) -> UserAccess:
    """The new binding as User Access; the class has no `api`, the verb is in metadata.event_code."""
    return UserAccess(
        activity_id=ASSIGN_PRIVILEGES,
        privileges=[grant.role],
        resources=request.resources,
        user=user_named(grant.name),
        **request.access(),
    )
