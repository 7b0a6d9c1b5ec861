"""What an Okta organisation of two thousand people is made of: what they do, where from and with what.

Event types, their messages and their legacy names are those of Okta's public event catalogue; people,
places, networks and applications are invented (addresses come from the whole unicast space).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Target = Literal["none", "self", "app", "app_self", "user", "group_user", "app_user", "policy", "factor", "token"]


class EventType(NamedTuple):
    """One row of the catalogue."""

    name: str
    weight: int
    """How many of a thousand events, roughly."""
    message: str
    legacy: str | None
    uri: str
    """`{user}`, `{app}`, `{group}` and `{policy}` stand for the identifier of the target."""
    target: Target
    failures: tuple[str, ...] = ()
    """The reasons it fails for, where it can; one in twelve does."""


_AUTHN = "/api/v1/authn"
_IDX = "/idp/idx/challenge/answer"
_USER = "/api/v1/users/{user}"
_LIFE = "/api/v1/users/{user}/lifecycle/"
_APPS = "/api/v1/apps/{app}"
_MEMBERS = "/api/v1/groups/{group}/users/{user}"
_TOKEN = "/oauth2/{app}/v1/token"  # noqa: S105 -- a path, not a secret
_BAD = ("INVALID_CREDENTIALS", "LOCKED_OUT", "VERIFICATION_ERROR")
_NOT = ("FastPass declined phishing attempt", "INVALID_CREDENTIALS", "User rejected Okta push verify")

EVENT_TYPES = (
    EventType("user.authentication.sso", 240, "User single sign on to app", "app.auth.sso",
              "/app/{app}/sso/saml", "app_self"),
    EventType("policy.evaluate_sign_on", 130, "Evaluation of sign-on policy", None, _IDX, "policy"),
    EventType("user.session.start", 110, "User login to Okta", "core.user_auth.login_success",
              "/idp/idx/identify", "none", _BAD),
    EventType("user.authentication.auth_via_mfa", 100, "Authentication of user via MFA",
              "core.user.factor.attempt_success", _IDX, "factor", _NOT),
    EventType("user.authentication.verify", 60, "Verify user identity", None, _IDX, "app_self", _NOT),
    EventType("app.oauth2.token.grant.access_token", 60, "OAuth2 access token is granted",
              "app.oauth2.token.grant.access_token_success", _TOKEN, "token"),
    EventType("app.oauth2.token.grant.id_token", 35, "OIDC id token is granted",
              "app.oauth2.token.grant.id_token_success", _TOKEN, "token"),
    EventType("app.oauth2.authorize.code", 30, "OIDC authorization code request", "app.oauth2.authorize_success",
              "/oauth2/{app}/v1/authorize", "token", ("access_denied", "invalid_scope")),
    EventType("user.authentication.authenticate", 30, "Authenticate user", None, _AUTHN, "self", _BAD),
    EventType("user.session.access_admin_app", 20, "User accessing Okta admin app", "app.admin.sso.login.success",
              "/admin/sso/request", "self"),
    EventType("user.session.end", 20, "User logout from Okta", "core.user_auth.logout_success",
              "/login/signout", "none"),
    EventType("user.authentication.auth_via_AD_agent", 15, "Authenticate user with AD agent",
              "core.user_auth.ad_agent", _AUTHN, "self", _BAD),
    EventType("application.user_membership.add", 10, "Add user to application membership",
              "app.generic.provision.assign_user_to_app", _APPS + "/users", "app_user"),
    EventType("group.user_membership.add", 10, "Add user to group membership",
              "core.user_group_member.user_add", _MEMBERS, "group_user"),
    EventType("application.user_membership.change_username", 8, "Change user's application username", None,
              _APPS + "/users/{user}", "app_user"),
    EventType("user.account.update_profile", 8, "Update user profile for Okta", "core.user.config.profile_update",
              _USER, "user"),
    EventType("group.user_membership.remove", 7, "Remove user from group membership",
              "core.user_group_member.user_remove", _MEMBERS, "group_user"),
    EventType("application.user_membership.remove", 7, "Remove user's application membership",
              "app.generic.provision.deactivate_user_from_app", _APPS + "/users/{user}", "app_user"),
    EventType("app.user_management.push_profile_update_success", 6, "Push profile update to app succeeded",
              "app.user_management.push_profile_success", _APPS + "/users/{user}", "app_user"),
    EventType("user.authentication.auth_via_social", 6, "Authentication of user via social login", None,
              "/oauth2/v1/authorize/callback", "self", _BAD),
    EventType("user.account.update_password", 6, "User update password for Okta",
              "core.user.config.password_update", _USER + "/credentials/change_password", "self"),
    EventType("user.mfa.factor.activate", 5, "Activate factor or authenticator enrollment method for user",
              "core.user.factor.activate", _USER + "/factors", "user"),
    EventType("user.mfa.okta_verify.deny_push", 5, "User rejected Okta push verify", None, _IDX, "self"),
    EventType("user.account.reset_password", 5, "Reset password for user", "core.user.config.user_status",
              _LIFE + "reset_password", "user"),
    EventType("user.lifecycle.create", 4, "Create Okta user", "core.user.config.user_creation", "/api/v1/users",
              "user"),
    EventType("user.lifecycle.activate", 4, "Activate Okta user", "core.user.config.user_activated",
              _LIFE + "activate", "user"),
    EventType("user.account.lock", 4, "Max sign in attempts exceeded", "core.user_auth.account_locked", _AUTHN,
              "self"),
    EventType("user.mfa.factor.deactivate", 3, "Reset factor for user", "core.user.factor.reset",
              _LIFE + "reset_factors", "user"),
    EventType("user.mfa.factor.update", 3, "Update factor for user", None, _USER + "/factors", "user"),
    EventType("user.account.unlock", 3, "Account unlock", "core.user.config.user_unlock", _LIFE + "unlock", "user"),
    EventType("user.session.clear", 3, "Clear user session", "core.user.sessions.clear", _USER + "/sessions",
              "user"),
    EventType("user.lifecycle.suspend", 2, "Suspend Okta user", "core.user.config.user_suspended",
              _LIFE + "suspend", "user"),
    EventType("user.lifecycle.unsuspend", 2, "Unsuspend Okta user", "core.user.config.user_unsuspended",
              _LIFE + "unsuspend", "user"),
    EventType("user.lifecycle.deactivate", 2, "Deactivate Okta user", "core.user.config.user_deactivated",
              _LIFE + "deactivate", "user"),
    EventType("user.lifecycle.delete.initiated", 1, "Delete Okta user initiated", None, _USER, "user"),
    EventType("user.account.privilege.grant", 1, "Grant user privilege", "core.user.admin_privilege.granted",
              _USER + "/roles", "user"),
    EventType("user.account.privilege.revoke", 1, "Revoke user privilege", "core.user.admin_privilege.revoked",
              _USER + "/roles", "user"),
    EventType("user.risk.change", 2, "User's risk level changed", None, _IDX, "user"),
    EventType("user.account.report_suspicious_activity_by_enduser", 1, "User report suspicious activity", None,
              "/user/notifications/report", "self"),
    EventType("security.threat.detected", 2, "Request from suspicious actor", None, _AUTHN, "none"),
    EventType("security.request.blocked", 2, "Request from blocked IP address", None, _AUTHN, "none"),
    EventType("system.api_token.create", 1, "Create API token", "api.token.create", "/api/v1/tokens", "self"),
    EventType("system.api_token.revoke", 1, "Revoke API token", "api.token.revoke", "/api/v1/tokens/current",
              "self"),
    EventType("system.org.rate_limit.warning", 1, "Rate limit warning", "core.framework.ratelimit.warning", _AUTHN,
              "none"),
    EventType("system.org.rate_limit.violation", 1, "Rate limit violation", "core.framework.ratelimit.exceeded",
              _AUTHN, "none"),
    EventType("system.mfa.factor.activate", 1, "Activate factor", "core.user.factor.type_activate",
              "/api/v1/org/factors/okta_verify/lifecycle/activate", "factor"),
    EventType("system.mfa.factor.deactivate", 1, "Deactivate factor", "core.user.factor.type_deactivate",
              "/api/v1/org/factors/okta_sms/lifecycle/deactivate", "factor"),
    EventType("application.lifecycle.create", 1, "Create application", "app.generic.config.app_created",
              "/api/v1/apps", "app"),
    EventType("application.lifecycle.update", 2, "Update application", "app.generic.config.app_updated", _APPS,
              "app"),
    EventType("application.lifecycle.activate", 1, "Activate application", "app.generic.config.app_activated",
              _APPS + "/lifecycle/activate", "app"),
    EventType("application.lifecycle.deactivate", 1, "Deactivate application",
              "app.generic.config.app_deactivated", _APPS + "/lifecycle/deactivate", "app"),
    EventType("application.lifecycle.delete", 1, "Delete application", "app.generic.config.app_deleted", _APPS,
              "app"),
    EventType("group.lifecycle.create", 1, "Create Okta group", "core.user_group.create", "/api/v1/groups",
              "group_user"),
    EventType("group.lifecycle.delete", 1, "Delete Okta group", "core.user_group.delete", "/api/v1/groups/{group}",
              "group_user"),
    EventType("group.privilege.grant", 1, "Grant group privilege", None, "/api/v1/groups/{group}/roles",
              "group_user"),
    EventType("policy.lifecycle.update", 1, "Update policy", "policy.lifecycle.update",
              "/api/v1/policies/{policy}", "policy"),
    EventType("policy.rule.update", 1, "Update policy rule", "policy.rule.update",
              "/api/v1/policies/{policy}/rules", "policy"),
    EventType("policy.rule.add", 1, "Add policy rule", "policy.rule.add", "/api/v1/policies/{policy}/rules",
              "policy"),
    EventType("zone.update", 1, "Update network zone", "network_zone.rule.disabled", "/api/v1/zones", "none"),
    EventType("app.user_management.push_new_user_success", 2, "Push new user to app succeeded",
              "app.user_management.push_new_user_success", _APPS + "/users", "app_user"),
    EventType("app.access_request.request", 1, "Request user access to app", None, _APPS + "/access", "app_user"),
    EventType("app.generic.unauth_app_access_attempt", 3, "User attempted unauthorized access to app",
              "app.generic.unauth_app_access_attempt", "/app/{app}/sso/saml", "app_self"),
)  # fmt: skip

FIRST_NAMES = (
    "Aaliyah Adam Agnes Bruno Carla Chen Dana Diego Elena Emil Farid Fatou Greta Hana Hugo Ines Ivan Jamal Jana Kofi "
    "Lars Leila Lucia Mads Mei Milan Nadia Noor Olga Omar Paula Pavel Quinn Rosa Samir Sofia Tariq Tove Uma Yusuf"
).split()
LAST_NAMES = (
    "Abebe Almeida Andersson Bauer Bianchi Castillo Chowdhury Diallo Dubois Eriksen Farouk Fischer Fontaine Garcia "
    "Gupta Haddad Hansen Hoffmann Ibrahim Ito Jansen Jovanovic Kaur Kim Kovacs Larsen Lindqvist Martins Mbeki Meyer "
    "Moreau Nakamura Ndiaye Nguyen Novak Okafor Oliveira Petrov Quispe Rahman Ricci Rossi Santos Schneider Silva "
    "Suzuki Tanaka Varga Weber Zhang"
).split()
APP_NAMES = (
    "Salesforce Workday Slack Zoom Jira Confluence GitHub Snowflake Datadog PagerDuty Netsuite Coupa Concur DocuSign "
    "Box Dropbox Figma Miro Asana Notion Zendesk HubSpot Marketo Tableau Looker Greenhouse Lever Okta-Dashboard "
    "ServiceNow Splunk Sentry Sumo Cloudflare Vercel Heroku Auth-Portal Payroll Expenses Travel Wiki"
).split()
GROUP_NAMES = (
    "Everyone Engineering Finance Legal Sales Support Marketing Security Contractors Administrators Data People "
    "Platform Design Research Operations"
).split()
FACTORS = ("Okta Verify", "Password", "Security Key or Biometric", "Phone", "Email", "Google Authenticator")

PLACES = (
    ("Chicago", "Illinois", "United States", "60601", 41.8858, -87.6181),
    ("Austin", "Texas", "United States", "78701", 30.2713, -97.7426),
    ("San Francisco", "California", "United States", "94107", 37.7697, -122.3933),
    ("New York", "New York", "United States", "10013", 40.7205, -74.0049),
    ("London", "England", "United Kingdom", "EC2A", 51.5237, -0.0827),
    ("Dublin", "Leinster", "Ireland", "D02", 53.3379, -6.2591),
    ("Berlin", "Land Berlin", "Germany", "10115", 52.5323, 13.3846),
    ("Paris", "Île-de-France", "France", "75009", 48.8765, 2.3377),
    ("Amsterdam", "North Holland", "Netherlands", "1012", 52.3740, 4.8897),
    ("Lisbon", "Lisbon", "Portugal", "1100-148", 38.7139, -9.1394),
    ("Bengaluru", "Karnataka", "India", "560001", 12.9767, 77.5993),
    ("Singapore", "Central Singapore", "Singapore", "018989", 1.2840, 103.8510),
    ("Tokyo", "Tokyo", "Japan", "100-0005", 35.6817, 139.7664),
    ("São Paulo", "São Paulo", "Brazil", "01310", -23.5629, -46.6544),
    ("Sydney", "New South Wales", "Australia", "2000", -33.8688, 151.2093),
)
NETWORKS = (
    (7018, "att services inc.", "att.net"),
    (701, "verizon business", "verizon.net"),
    (7922, "comcast cable communications llc", "comcast.net"),
    (3320, "deutsche telekom ag", "t-ipconnect.de"),
    (2856, "british telecommunications plc", "btcentralplus.com"),
    (3215, "orange s.a.", "wanadoo.fr"),
    (16509, "amazon.com inc.", "amazonaws.com"),
    (13335, "cloudflare inc.", "cloudflare.com"),
    (9299, "philippine long distance telephone", "pldt.net"),
    (24560, "bharti airtel ltd.", "airtel.in"),
)
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
AGENTS = (
    ("CHROME", "Windows 10", "Computer", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}{{v}}.0.0.0 Safari/537.36"),
    ("CHROME", "Mac OS X", "Computer",
     f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT}{{v}}.0.0.0 Safari/537.36"),
    ("EDGE", "Windows 10", "Computer",
     f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}{{v}}.0.0.0 Safari/537.36 Edg/{{v}}.0.0.0"),
    ("FIREFOX", "Linux", "Computer", "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
    ("SAFARI", "iOS (iPhone)", "Mobile",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Version/17.{v} Mobile Safari/604.1"),
    ("UNKNOWN", "Android", "Mobile", "D2DD7D3915.com.okta.android.auth/8.1.{v} DeviceSDK/0.19.0 Android/14"),
    ("UNKNOWN", "Unknown", "Unknown", "okta-sdk-python/2.9.{v} python/3.11.9 Linux/6.1.0"),
)  # fmt: skip
