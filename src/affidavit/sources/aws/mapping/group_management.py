"""Group Management (3006): groups of users and of permissions, and who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement
from affidavit.formats.ocsf.objects import Group, User
from affidavit.sources.aws.identity import email
from affidavit.sources.aws.remainder import drop_empty, inner, take

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call

ASSIGN_PRIVILEGES, REVOKE_PRIVILEGES, ADD_USER, REMOVE_USER, DELETE, CREATE, OTHER = 1, 2, 3, 4, 5, 6, 99
"""activity_id."""

ACTIVITIES: dict[tuple[str, str], int] = {
    ("iam", "CreateGroup"): CREATE,
    ("iam", "DeleteGroup"): DELETE,
    ("iam", "UpdateGroup"): OTHER,
    ("iam", "AddUserToGroup"): ADD_USER,
    ("iam", "RemoveUserFromGroup"): REMOVE_USER,
    ("iam", "AttachGroupPolicy"): ASSIGN_PRIVILEGES,
    ("iam", "PutGroupPolicy"): ASSIGN_PRIVILEGES,
    ("iam", "DetachGroupPolicy"): REVOKE_PRIVILEGES,
    ("iam", "DeleteGroupPolicy"): REVOKE_PRIVILEGES,
    ("identitystore", "CreateGroup"): CREATE,
    ("identitystore", "DeleteGroup"): DELETE,
    ("identitystore", "UpdateGroup"): OTHER,
    ("identitystore", "CreateGroupMembership"): ADD_USER,
    ("identitystore", "DeleteGroupMembership"): REMOVE_USER,
    ("sso-directory", "CreateGroup"): CREATE,
    ("sso-directory", "DeleteGroup"): DELETE,
    ("sso-directory", "UpdateGroup"): OTHER,
    ("sso-directory", "AddMemberToGroup"): ADD_USER,
    ("sso-directory", "RemoveMemberFromGroup"): REMOVE_USER,
    ("sso-directory", "RemoveMembersFromGroup"): REMOVE_USER,
    ("cognito-idp", "CreateGroup"): CREATE,
    ("cognito-idp", "DeleteGroup"): DELETE,
    ("cognito-idp", "UpdateGroup"): OTHER,
    ("cognito-idp", "AdminAddUserToGroup"): ADD_USER,
    ("cognito-idp", "AdminRemoveUserFromGroup"): REMOVE_USER,
}
"""(service, operation) -> activity_id."""


def event(call: Call, activity_id: int) -> GroupManagement | None:
    """The call as Group Management; None where it names no group."""
    group = _group(call)
    if group is None:
        return None
    privileges = None
    if activity_id in {ASSIGN_PRIVILEGES, REVOKE_PRIVILEGES}:
        policy = take(call.parameters, "policyArn") or take(call.parameters, "policyName")
        privileges = [policy] if policy else None
    user = _member(call) if activity_id in {ADD_USER, REMOVE_USER} else None
    return GroupManagement(
        activity_id=activity_id, group=group, privileges=privileges, user=user, **call.access()
    )


def _group(call: Call) -> Group | None:
    """The group that the call names, consuming it from request and answer."""
    request = call.parameters
    answer = inner(call.event, "responseElements")
    subject = inner(answer, "group") or answer
    name = take(request, "groupName") or take(request, "displayName")
    answered = take(subject, "groupName")
    if answered is not None and name is not None and answered != name and subject is not None:
        subject["groupName"] = answered
    name = name or answered
    uid = take(request, "groupId") or take(subject, "groupId")
    arn = take(subject, "arn")
    drop_empty(call.event, "responseElements", "group")
    if name is None and uid is None and arn is None:
        return None
    return Group(name=name, uid=arn or uid, uid_alt=uid if arn else None)


def _member(call: Call) -> User | None:
    """Who is added or removed; directories name a member by its id, at times in an object."""
    request = call.parameters
    name = take(request, "userName") or take(request, "username")
    uid = take(request, "memberId") or take(request, "userId")
    member = inner(request, "memberId")
    if uid is None and member is not None and request is not None:
        uid = take(member, "userId")
        drop_empty(request, "memberId")
    if name is None and uid is None:
        return None
    return User(email_addr=email(name), name=name, uid=uid)
