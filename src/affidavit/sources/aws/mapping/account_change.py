"""Account Change (3001): users and roles created, changed, enabled, disabled and deleted, and their policies.

OCSF counts a role as an account: a policy attached to a role is an account change as it is for a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import AccountChange
from affidavit.formats.ocsf.objects import Policy, ProgrammaticCredential, User
from affidavit.sources.aws.identity import email
from affidavit.sources.aws.remainder import drop_empty, inner, take

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call

CREATE, ENABLE, PASSWORD_CHANGE, PASSWORD_RESET, DISABLE, DELETE = 1, 2, 3, 4, 5, 6
ATTACH_POLICY, DETACH_POLICY, MFA_ENABLE, MFA_DISABLE, OTHER = 7, 8, 10, 11, 99
"""activity_id."""

_IAM = {
    CREATE: "CreateUser CreateRole CreateServiceLinkedRole",
    ENABLE: "CreateLoginProfile",
    PASSWORD_CHANGE: "ChangePassword",
    PASSWORD_RESET: "UpdateLoginProfile",
    DISABLE: "DeleteLoginProfile",
    DELETE: "DeleteUser DeleteRole DeleteServiceLinkedRole",
    ATTACH_POLICY: "AttachUserPolicy PutUserPolicy PutUserPermissionsBoundary AttachRolePolicy PutRolePolicy"
    " PutRolePermissionsBoundary",
    DETACH_POLICY: "DetachUserPolicy DeleteUserPolicy DeleteUserPermissionsBoundary DetachRolePolicy"
    " DeleteRolePolicy DeleteRolePermissionsBoundary",
    MFA_ENABLE: "EnableMFADevice",
    MFA_DISABLE: "DeactivateMFADevice",
    OTHER: """UpdateUser TagUser UntagUser CreateAccessKey UpdateAccessKey DeleteAccessKey ResyncMFADevice
        UploadSSHPublicKey UpdateSSHPublicKey DeleteSSHPublicKey UploadSigningCertificate
        UpdateSigningCertificate DeleteSigningCertificate CreateServiceSpecificCredential
        UpdateServiceSpecificCredential ResetServiceSpecificCredential DeleteServiceSpecificCredential
        UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole""",
}
_DIRECTORY = {
    CREATE: "CreateUser",
    ENABLE: "EnableUser",
    PASSWORD_RESET: "UpdatePassword ResetUserPassword",
    DISABLE: "DisableUser",
    DELETE: "DeleteUser",
    OTHER: "UpdateUser UpdateUserName VerifyEmail",
    MFA_ENABLE: "CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration",
    MFA_DISABLE: "DeleteMfaDeviceForUser",
}
_COGNITO = {
    CREATE: "SignUp AdminCreateUser",
    ENABLE: "AdminEnableUser AdminConfirmSignUp ConfirmSignUp",
    PASSWORD_CHANGE: "ChangePassword",
    PASSWORD_RESET: "AdminResetUserPassword AdminSetUserPassword ForgotPassword ConfirmForgotPassword",
    DISABLE: "AdminDisableUser",
    DELETE: "AdminDeleteUser DeleteUser",
    OTHER: "AdminUpdateUserAttributes AdminDeleteUserAttributes UpdateUserAttributes",
}
_SIGNIN = {
    PASSWORD_RESET: "PasswordRecoveryRequested PasswordRecoveryCompleted",
    PASSWORD_CHANGE: "PasswordUpdated",
    OTHER: "EmailUpdated",
}
ACTIVITIES: dict[tuple[str, str], int] = {
    (source, name): activity
    for sources, table in (
        (("iam",), _IAM),
        (("sso-directory", "identitystore"), _DIRECTORY),
        (("cognito-idp",), _COGNITO),
        (("signin",), _SIGNIN),
    )
    for source in sources
    for activity, names in table.items()
    for name in names.split()
}
"""(service, operation) -> activity_id."""

_OWN = frozenset(
    """ChangePassword CreateAccessKey UpdateAccessKey DeleteAccessKey UploadSSHPublicKey CreateLoginProfile
    PasswordRecoveryRequested PasswordRecoveryCompleted PasswordUpdated EmailUpdated SignUp ConfirmSignUp
    ForgotPassword ConfirmForgotPassword DeleteUser UpdateUserAttributes""".split()  # noqa: SIM905 - words read better than a list of strings
)
"""Operations that concern the caller when they name nobody."""


def event(call: Call, activity_id: int) -> AccountChange | None:
    """The call as Account Change; None where it names no account and does not concern its own."""
    user = _account(call)
    if user is None:
        if call.operation.name not in _OWN or (call.operation.name == "DeleteUser" and call.status_code):
            return None
        user = call.user
    policies = _policies(call) if activity_id in {ATTACH_POLICY, DETACH_POLICY} else None
    return AccountChange(activity_id=activity_id, policies=policies, user=user, **call.access())


def _account(call: Call) -> User | None:
    """The user or role that the call names, consuming it from request and answer."""
    request = call.parameters
    answer = inner(call.event, "responseElements")
    is_role = "Role" in call.operation.name
    member, id_name, name_name = ("role", "roleId", "roleName") if is_role else ("user", "userId", "userName")
    name = take(request, name_name) or take(request, "username")
    subject = inner(answer, member) or inner(answer, "accessKey") or inner(answer, "loginProfile") or answer
    uid = take(request, id_name) or take(subject, id_name)
    arn = take(subject, "arn")
    answered = take(subject, name_name)
    if answered is not None and name is not None and answered != name and subject is not None:
        subject[name_name] = answered
    name = name or answered
    if name is None and uid is None and arn is None:
        return None
    key = (take(request, "accessKeyId") or take(subject, "accessKeyId")) if not is_role else None
    drop_empty(call.event, "responseElements", member)
    drop_empty(call.event, "responseElements", "accessKey")
    return User(
        email_addr=email(name),
        name=name,
        programmatic_credentials=[ProgrammaticCredential(type="AccessKey", uid=key)] if key else None,
        type="Role" if is_role else "User",
        type_id=99 if is_role else 1,
        uid=arn or uid,
        uid_alt=uid if arn else None,
    )


def _policies(call: Call) -> list[Policy] | None:
    """The policy that is attached or detached, by ARN or by its name within the account."""
    arn = take(call.parameters, "policyArn") or take(call.parameters, "permissionsBoundary")
    name = take(call.parameters, "policyName")
    return [Policy(name=name, uid=arn)] if arn or name else None
