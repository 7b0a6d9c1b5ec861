"""User Access (3005): permission sets of IAM Identity Center assigned to a user in an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement, UserAccess
from affidavit.formats.ocsf.objects import Group, ResourceDetails, User
from affidavit.sources.aws.remainder import take

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call

ASSIGN, REVOKE = 1, 2
"""activity_id, the same in both classes."""

ACTIVITIES: dict[tuple[str, str], int] = {
    ("sso", "CreateAccountAssignment"): ASSIGN,
    ("sso", "DeleteAccountAssignment"): REVOKE,
}
"""(service, operation) -> activity_id."""


def event(call: Call, activity_id: int) -> UserAccess | GroupManagement | None:
    """The call as User Access, or as Group Management where a group is the principal.

    None where it does not say who gets which permission set.
    """
    request = call.parameters
    if request is None:
        return None
    principal, privilege = request.get("principalId"), request.get("permissionSetArn")
    kind = request.get("principalType")
    if not (isinstance(principal, str) and principal and isinstance(privilege, str) and privilege):
        return None
    if kind not in ("USER", "GROUP"):
        return None
    for name in ("principalId", "permissionSetArn", "principalType"):
        del request[name]
    target = take(request, "targetId")
    account = ResourceDetails(type=take(request, "targetType"), uid=target) if target else None
    if kind == "GROUP":
        return GroupManagement(
            activity_id=activity_id,
            group=Group(type=kind, uid=principal),
            privileges=[privilege],
            resource=account,
            **call.access(),
        )
    return UserAccess(
        activity_id=activity_id,
        privileges=[privilege],
        resources=[account] if account else None,
        user=User(type=kind, type_id=1, uid=principal),
        **call.access(),
    )
