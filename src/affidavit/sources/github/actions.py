"""Which OCSF class and activity an action is, by its name, else by the longest prefix of its name.

GitHub documents some 700 actions and adds to them; families are given by prefix, and within one the verb that
the name ends in, else the event's `operation_type`, gives the activity. What no family claims is Entity
Management: the audit log is about settings and things that somebody manages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.sources import verbs
from affidavit.sources.github.mapping import (
    account_change,
    api_activity,
    authentication,
    detection_finding,
    entity_management,
    group_management,
    user_access,
    web_resources_activity,
)
from affidavit.sources.github.outcome import says_failed
from affidavit.sources.remembering import remembered

if TYPE_CHECKING:
    from collections.abc import Callable


class Rule(NamedTuple):
    """How an action is mapped; `by_operation` where its name has no verb that is known."""

    build: Callable[[Any], Any]
    profiles: tuple[str, ...]
    activity_id: int
    by_operation: bool
    narrow: bool
    """Whether the class knows only to create, read, update and delete."""
    failed: bool
    """Whether the name tells of a failure."""


_BY_VERB = -1
_BY_OPERATION = -2
_OTHER = 99
_CLASSES = {
    "account": account_change,
    "api": api_activity,
    "auth": authentication,
    "entity": entity_management,
    "finding": detection_finding,
    "group": group_management,
    "access": user_access,
    "web": web_resources_activity,
}
_NARROW = ("api", "web")

# One line an activity: class, activity, then the actions or prefixes of actions.
_TABLE: tuple[tuple[str, int, str], ...] = (
    ("auth", 1, """
        user.login user.failed_login user.sign_in user.new_device_used user.two_factor_challenge
        org.sso_response business.sso_response org.sso_login business.sso_login external_identity.login
        user_session.create user.reauthenticate session.create two_factor_authentication.recovery_codes_used
        user.correct_password_from_unrecognized_device user.sign_in_from_unrecognized_device"""),
    ("auth", 2, "user.logout user_session.destroy user_session.revoke session.destroy staff.exit_fake_login"),
    ("auth", 7, "staff.fake_login user.impersonate business.impersonate"),
    ("auth", _OTHER, "user_session session"),
    ("account", 1, "user.create user.signup external_identity.provision"),
    ("account", 2, "user.unsuspend user.enable business.enterprise_user_unsuspended"),
    ("account", 3, "user.change_password user.password_change"),
    ("account", 4, "user.forgot_password user.password_reset user.reset_password"),
    ("account", 5, "user.suspend user.disable external_identity.deprovision"),
    ("account", 6, "user.destroy user.delete user.async_delete"),
    ("account", 10, """
        two_factor_authentication.enabled user.two_factor_enabled passkey.register security_key.register
        two_factor_authentication.add user.enable_two_factor"""),
    ("account", 11, """
        two_factor_authentication.disabled user.two_factor_disabled passkey.remove security_key.remove
        two_factor_authentication.remove user.disable_two_factor passkey.destroy"""),
    ("account", _OTHER, """
        user user_email user_status user_license two_factor_authentication passkey security_key
        external_identity profile_picture account_security"""),
    ("access", 1, """
        repo.add_member business.add_admin business.add_member business.add_owner business.add_billing_manager
        business.add_support_entitlee org.add_billing_manager org.add_outside_collaborator
        organization_moderators.add_user organization_role.assign org_credential_authorization.grant
        org_credential_authorization.authorize oauth_authorization.create team.promote_maintainer user.promote
        personal_access_token.access_granted organization_moderators.add enterprise_role.assign
        business_role.assign copilot.cfb_seat_added copilot.cfb_seat_assignment_created
        org.add_security_manager org.grant_security_manager"""),
    ("access", 2, """
        repo.remove_member business.remove_admin business.remove_member business.remove_owner
        business.remove_billing_manager business.remove_support_entitlee org.remove_billing_manager
        org.remove_outside_collaborator organization_moderators.remove_user organization_role.revoke
        org_credential_authorization.deauthorize org_credential_authorization.deauthorized
        org_credential_authorization.revoke oauth_authorization.destroy team.demote_maintainer user.demote
        personal_access_token.access_revoked organization_moderators.remove enterprise_role.revoke
        business_role.revoke copilot.access_revoked copilot.cfb_seat_cancelled
        copilot.cfb_seat_assignment_unassigned org.remove_security_manager org.revoke_security_manager"""),
    ("access", _OTHER, """
        repo.update_member org.update_member org.invite_member org.invite_user invite_member
        org.cancel_invitation org.accept_invitation business.invite_admin business.invite_member
        business.cancel_admin_invitation repository_invitation org.invitation oauth_authorization
        org_credential_authorization business.update_member"""),
    ("group", 1, "team.add_repository team.update_repository_permission"),
    ("group", 2, "team.remove_repository"),
    ("group", 3, "team.add_member org.add_member enterprise_team.add_member"),
    ("group", 4, "team.remove_member org.remove_member enterprise_team.remove_member"),
    ("group", 5, "team.destroy team.delete enterprise_team.destroy enterprise_team.delete"),
    ("group", 6, "team.create enterprise_team.create"),
    ("group", _OTHER, "team enterprise_team team_group_mapping team_discussions external_group"),
    ("finding", 1, """
        secret_scanning_alert.create repository_vulnerability_alert.create code_scanning.alert_created
        secret_scanning_push_protection.bypass code_scanning.alert_appeared_in_branch dependabot_alert.create
        code_scanning.alert_reappeared secret_scanning_alert.public_leak user.suspicious"""),
    ("finding", 2, """
        secret_scanning_alert repository_vulnerability_alert code_scanning.alert dependabot_alert
        secret_scanning_push_protection_request security_alert repository_vulnerability_alerts"""),
    ("finding", 3, """
        secret_scanning_alert.resolve repository_vulnerability_alert.resolve
        repository_vulnerability_alert.dismiss code_scanning.alert_closed code_scanning.alert_closed_by_user
        repository_vulnerability_alert.auto_dismiss dependabot_alert.dismiss secret_scanning_alert.revoke"""),
    ("api", 2, "git.clone git.fetch git.archive git.upload_pack"),
    ("api", 3, "git.push git.receive_pack"),
    ("api", _BY_OPERATION, "api"),
    ("api", _BY_VERB, "git workflows prebuild actions.workflow copilot_coding_agent"),
    ("entity", _BY_VERB, "team_sync_tenant"),
    ("web", verbs.READ, "repo.download_zip repo.codeql repo.code_search codespaces.export_environment"),
    ("web", verbs.UPDATE, "repo.access repo.rename protected_branch.policy_override"),
    ("web", _BY_VERB, """
        repo repos repository protected_branch hook public_key pull_request pull_request_review
        pull_request_review_comment issue issues issue_comment commit_comment discussion discussion_post
        discussion_comment discussion_category gist pages page packages package project project_view
        project_field project_collaborator release releases environment merge_queue milestone label artifact
        actions_cache checks codespaces deploy_key repository_ruleset repository_advisory advisory_credit wiki
        git_lfs repository_branch_protection repository_image repository_projects_change
        repository_theme repository_visibility_change repository_topic dependabot_repository_access
        repository_secret_scanning repository_secret_scanning_push_protection
        repository_secret_scanning_custom_pattern repository_dependency_graph reaction commit_status
        deployment status star subscription fork"""),
)  # fmt: skip

_RULES = {name: (kind, activity_id) for kind, activity_id, names in _TABLE for name in names.split()}
_OPERATIONS = {
    "create": verbs.CREATE,
    "access": verbs.READ,
    "modify": verbs.UPDATE,
    "remove": verbs.DELETE,
    "restore": verbs.RESUME,
    "transfer": verbs.MOVE,
}


@remembered(4096)
def rule(action: str) -> Rule:
    """How `action` is mapped; there is an answer for any name."""
    name = action.lower()
    kind, activity_id = _longest(name)
    module = _CLASSES[kind]
    narrow = kind in _NARROW
    by_operation = activity_id == _BY_OPERATION
    if by_operation:
        activity_id = _OTHER
    elif activity_id == _BY_VERB:
        activity_id = verbs.meaning(name)
        by_operation = activity_id == verbs.OTHER
        if narrow:
            activity_id = verbs.CRUD.get(activity_id, _OTHER)
    return Rule(module.build, module.PROFILES, activity_id, by_operation, narrow, says_failed(name))


def activity(chosen: Rule, operation: object) -> int:
    """The activity of one event, its `operation_type` standing in for a verb."""
    if not chosen.by_operation or not isinstance(operation, str):
        return chosen.activity_id
    meant = _OPERATIONS.get(operation, _OTHER)
    return verbs.CRUD.get(meant, _OTHER) if chosen.narrow else meant


def _longest(name: str) -> tuple[str, int]:
    """The rule of the longest prefix that ends at a dot or an underscore."""
    prefix = name
    while prefix:
        if prefix in _RULES:
            return _RULES[prefix]
        prefix = prefix[: max(prefix.rfind("."), prefix.rfind("_"), 0)]
    return "entity", _BY_VERB
