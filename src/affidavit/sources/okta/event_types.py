"""Which OCSF class and activity an event type is, by its name, else by the longest prefix of its name.

Okta has about a thousand event types and adds some every month, so families are given by prefix; within one,
the verb that the name ends in gives the activity. What no family claims is Entity Management where its verb
manages something, and API Activity otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.sources import verbs
from affidavit.sources.okta.mapping import (
    account_change,
    api_activity,
    authentication,
    detection_finding,
    entity_management,
    group_management,
    user_access,
)
from affidavit.sources.remembering import remembered

if TYPE_CHECKING:
    from collections.abc import Callable


class Rule(NamedTuple):
    """How an event type is mapped."""

    build: Callable[[Any], Any]
    profiles: tuple[str, ...]
    activity_id: int
    option: str


_BY_VERB = -1
_CLASSES = {
    "account": account_change,
    "api": api_activity,
    "auth": authentication,
    "entity": entity_management,
    "finding": detection_finding,
    "group": group_management,
    "access": user_access,
}
_OTHER = 99

# One line an activity: class, activity, option, then the event types or prefixes of event types.
_TABLE: tuple[tuple[str, int, str, str], ...] = (
    ("auth", 1, "", """
        user.session.start user.session.access_admin_app user.authentication user.mfa.attempt_bypass
        app.access app.inbound_del_auth app.generic.unauth_app_access_attempt application.policy.sign_on
        application.integration.authentication_failure system.agent.ad.auth system.agent.ldap.auth
        pam.login pam.user.login workflows.user.login app.user_authentication
        device.desktop_mfa.authenticate"""),
    ("auth", 1, "mfa", """
        user.authentication.auth_via_mfa user.authentication.verify user.mfa.okta_verify
        user.mfa.factor.verify user.mfa.webauthn user.mfa.duo"""),
    ("auth", 1, "radius", "user.authentication.auth_via_radius app.radius.auth"),
    ("auth", 1, "ldap", "user.authentication.auth_via_LDAP_agent system.ldapi.bind"),
    ("auth", 1, "kerberos", """
        user.authentication.auth_via_iwa user.authentication.dsso system.iwa_agentless.auth
        system.iwa_agentless.redirect app.kerberos_rich_client"""),
    ("auth", 1, "saml", "user.authentication.auth_via_inbound_SAML"),
    ("auth", 1, "oauth2", """
        app.oauth2.signon app.oauth2.authorize app.oauth2.as.authorize
        user.authentication.auth_via_social"""),
    ("auth", 2, "", """
        user.session.end user.session.clear user.session.expire user.session.terminate
        user.session.universal_logout user.authentication.slo user.authentication.universal_logout
        user.session.revoke pam.logout"""),
    ("auth", 2, "ldap", "system.ldapi.unbind"),
    ("auth", 2, "oauth2", """
        app.oauth2.as.token.revoke app.oauth2.token.revoke oauth2.token.revoke
        app.oauth2.client_id.token.revoke"""),
    ("auth", 3, "oauth2", """
        app.oauth2.token.grant app.oauth2.as.token.grant app.oauth2.as.consent app.oauth2.consent
        app.oauth2.invalid_client_credentials app.oauth2.client_id_rate_limit_token oauth2.token
        pam.auth_token pam.token"""),
    ("auth", 6, "", """
        policy.evaluate_sign_on policy.auth_reevaluate policy.continuous_access policy.evaluate
        user.identity_verification user.session.context user.authentication.auth_unconfigured_identifier"""),
    ("auth", 7, "", "user.session.impersonation"),
    ("account", 1, "", """
        user.lifecycle.create user.registration.create system.import.user.create
        application.provision.user.push application.provision.user.import app.user_management.create
        user.lifecycle.jit user.account.create"""),
    ("account", 2, "", """
        user.lifecycle.activate user.lifecycle.unsuspend user.lifecycle.reactivate
        application.provision.user.activate application.provision.user.reactivate
        system.import.user.activate system.import.user.unsuspend user.account.enable"""),
    ("account", 3, "", """
        user.account.update_password user.import.password application.user_membership.change_password
        application.provision.user.password application.provision.user.push_password
        user.account.change_password user.credential.password app.user_management.update_password"""),
    ("account", 4, "", """
        user.account.reset_password user.account.expire_password user.credential.forgot_password
        user.lifecycle.password_mass_expiry user.account.password_reset"""),
    ("account", 5, "", """
        user.lifecycle.deactivate user.lifecycle.suspend application.provision.user.deactivate
        application.provision.user.deprovision system.import.user.deactivate system.import.user.suspend
        scheduled_action.user_suspension app.user_management.deactivate user.account.disable"""),
    ("account", 6, "", """
        user.lifecycle.delete system.import.user.delete application.provision.user.delete
        app.user_management.delete"""),
    ("account", 9, "", "user.account.lock"),
    ("account", 10, "", """
        user.mfa.factor.activate user.mfa.factor.unsuspend user.credential.enroll credential.register
        user.mfa.factor.enroll user.mfa.factor.create"""),
    ("account", 11, "", """
        user.mfa.factor.deactivate user.mfa.factor.suspend user.mfa.factor.reset_all credential.revoke
        user.mfa.factor.delete user.mfa.factor.reset"""),
    ("account", 12, "", "user.account.unlock user.account.unlock_by_admin user.account.unlock_token"),
    ("account", _OTHER, "", """
        user.account user.lifecycle user.mfa user.credential user.registration user.profile
        user.behavior user.import application.provision.user app.user_management system.import.user
        application.user_membership.change_username application.user_membership.update credential
        user.sms user.voice policy.execute.user user.password user.email user.realm user.linked_object
        application.provision.integration.call_api user.governance"""),
    ("access", 1, "", """
        user.account.privilege.grant user.session.impersonation.grant workflows.user.role.user.add
        iam.role.assignment user.privilege.grant app.access_request.approver.approve
        app.access_request.grant access.request.grant user.role.assign pam.role.grant entitlement.grant
        governance.grant"""),
    ("access", 2, "", """
        user.account.privilege.revoke user.session.impersonation.revoke workflows.user.role.user.remove
        user.privilege.revoke app.access_request.deprovision app.access_request.expire
        user.role.unassign entitlement.revoke governance.revoke"""),
    ("access", 1, "application", """
        application.user_membership.add application.user_membership.approve
        application.user_membership.provision application.user_membership.restore
        master_application.user_membership app.oauth2.consent.grant app.oauth2.as.consent.grant"""),
    ("access", 2, "application", """
        application.user_membership.remove application.user_membership.revoke
        application.user_membership.deny application.user_membership.deprovision
        application.user_membership.deactivate master_application.user_membership.remove
        app.oauth2.consent.revoke app.oauth2.as.consent.revoke"""),
    ("access", _OTHER, "application", "application.user_membership app.access_request"),
    ("group", 1, "", """
        group.privilege.grant group.application_assignment.add application.group_membership.add"""),
    ("group", 2, "", """
        group.privilege.revoke group.application_assignment.remove application.group_membership.remove"""),
    ("group", 3, "", """
        group.user_membership.add system.import.group_membership.add
        application.provision.group_membership.add group.user_membership.import group.owner.add"""),
    ("group", 4, "", """
        group.user_membership.remove system.import.group_membership.remove
        application.provision.group_membership.remove group.owner.remove"""),
    ("group", 5, "", """
        group.lifecycle.delete system.import.group.delete application.provision.group.remove
        application.provision.group.delete"""),
    ("group", 6, "", """
        group.lifecycle.create system.import.group.create application.provision.group.add
        application.provision.group.create application.provision.group.import"""),
    ("group", _OTHER, "", """
        group application.group_membership application.provision.group system.import.group
        application.provision.group_membership application.provision.group_push"""),
    ("finding", 1, "", """
        security.threat.detected security.attack security.request.blocked
        security.session.detect_client_roaming security.breached_credential
        security.events.provider.receive_event security.behavior.detected
        user.account.report_suspicious_activity_by_enduser user.risk policy.entity_risk app.token.reuse
        app.oauth2.token.detect_reuse app.oauth2.as.token.detect_reuse app.oauth2.token.reuse
        oauth2.token.reuse analytics.feedback.risk"""),
    ("entity", _BY_VERB, "", """
        application app policy zone security iam device system.api_token system.idp system.mfa
        system.feature system.brand system.theme system.custom system.sign_in_page system.log_stream
        system.hook system.certificate system.rate_limit.configuration system.agent
        system.client_rate_limit_mode system.org_settings system.org.settings system.domain
        system.email_template system.email.template system.email_domain event_hook inline_hook
        integration oauth2 certification access governance entitlement realm workflows workflow pam mim
        omm mobile support self_service group.user_membership.rule application.policy.sign_on.rule
        group.rule schema domain brand key keys network authenticator resource_set role scheduled_action
        system.idp_discovery system.directory identity_source identity_governance request collection
        label delegation owner access_request campaign review privileged resource secret vault
        agent_pool agent ai"""),
    ("entity", verbs.ENROLL, "", """
        mim.createEnrollment device.enrollment.create device.user.add device.enrollment"""),
    ("entity", verbs.UNENROLL, "", "device.enrollment.delete device.enrollment.remove device.user.remove"),
    ("entity", verbs.ENABLE, "", "zone.make_blacklist"),
    ("entity", verbs.DISABLE, "", "zone.remove_blacklist self_service.disabled"),
    ("entity", verbs.UPDATE, "", "support.org app.oauth2.as.key application.policy.sign_on.update"),
    ("api", _OTHER, "", "system.email system.sms system.voice system.push system.billing"),
    ("api", _BY_VERB, "", """
        system.import.user.start system.import.user.complete system.import.user.match
        system.import.user_csv system.import.user_matching system.import.group.start
        system.import.group.complete system.import.group_membership.complete mim.stream core system
        system.org.rate_limit
        system.operation.rate_limit system.client.rate_limit system.client.concurrency_rate_limit
        system.import system.ldapi.search system.directory.debugger.query_executed
        application.integration application.cache application.kerberos application.registration_policy
        app.audit_report app.realtimesync app.ldap app.ad app.office365 app.rum analytics plugin org
        import event_hook.delivery inline_hook.executed workflows.user.delegatedflow
        workflows.user.flow.execution workflows.user.table.export device.signals device.check_in
        app.oauth2.as.evaluate oauth2.claim.evaluate transaction report rate_limit app.api.error
        mim.checkEnterpriseDomainName mim.checkOSXEligibility mim.command system.csv app.generic.import
        app.generic.provision"""),
)  # fmt: skip


def _table() -> dict[str, tuple[str, int, str]]:
    """The table by name, lower case."""
    return {
        name.lower(): (kind, activity_id, option)
        for kind, activity_id, option, names in _TABLE
        for name in names.split()
    }


_RULES = _table()


@remembered(4096)
def rule(code: str) -> Rule:
    """How the event type `code` is mapped; there is an answer for any name."""
    name = code.lower()
    kind, activity_id, option = _longest(name)
    module = _CLASSES[kind]
    if activity_id == _BY_VERB:
        activity_id = verbs.meaning(name)
        if kind == "api":
            activity_id = verbs.CRUD.get(activity_id, _OTHER)
    return Rule(module.build, module.PROFILES, activity_id, option)


def _longest(name: str) -> tuple[str, int, str]:
    """The rule of the longest dotted prefix, else of its verb."""
    prefix = name
    while prefix:
        if prefix in _RULES:
            return _RULES[prefix]
        dot, underscore = prefix.rfind("."), prefix.rfind("_")
        prefix = prefix[: max(dot, underscore, 0)]
    return ("api", _BY_VERB, "") if verbs.meaning(name) == verbs.OTHER else ("entity", _BY_VERB, "")
