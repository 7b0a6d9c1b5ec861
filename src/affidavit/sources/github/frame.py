"""What every class of event shares, gathered once: when, who, from where, on what, with what outcome."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from affidavit.formats.ocsf.classes_application import ApiActivity, WebResourcesActivity
from affidavit.formats.ocsf.classes_iam import (
    AccountChange,
    Authentication,
    EntityManagement,
    GroupManagement,
    UserAccess,
)
from affidavit.formats.ocsf.objects import (
    Actor,
    HttpRequest,
    HttpResponse,
    Location,
    Metadata,
    NetworkEndpoint,
    Product,
    Session,
    Url,
    User,
)
from affidavit.sources.github.moment import when
from affidavit.sources.github.outcome import outcome
from affidavit.sources.github.principal import person
from affidavit.sources.github.taking import Raw, first, ident, inner, same, text
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_ip

PRODUCT = Product(name="GitHub", vendor_name="GitHub")
OCSF_VERSION = "1.8.0"
LOG_NAME = "Audit log"
RECEIVED = ["time:received"]
"""The label of an event whose time is that of receipt, because it carries none that can be read."""

Shared = (
    AccountChange
    | ApiActivity
    | Authentication
    | EntityManagement
    | GroupManagement
    | UserAccess
    | WebResourcesActivity
)


class Thing(NamedTuple):
    """Something acted on: a repository, team, organisation or enterprise."""

    type: str
    uid: str | None
    name: str | None
    raw: Raw
    """The members that say so, as they stood in the event."""


class Frame(msgspec.Struct, gc=False):
    """The shared attributes of one event, and the raw members that its class may still take."""

    action: str
    activity_id: int
    time: int
    timezone_offset: int | None
    metadata: Metadata
    status_id: int
    status: str
    status_detail: str | None
    actor: Actor | None
    user: User | None
    src_endpoint: NetworkEndpoint | None
    http_request: HttpRequest | None
    http_response: HttpResponse | None
    things: list[Thing]
    event: Raw

    def finish(self, event: Shared) -> None:
        """Give `event` what it shares with the others, and what nobody took as `unmapped`."""
        event.severity = "Informational"
        event.timezone_offset = self.timezone_offset
        event.status_id = self.status_id
        event.status = self.status
        event.status_detail = self.status_detail
        event.actor = self.actor
        event.src_endpoint = self.src_endpoint
        event.http_request = self.http_request
        event.http_response = self.http_response
        event.unmapped = self.rest()

    def rest(self) -> dict[str, Any] | None:
        """What nobody took, without members that are null or empty."""
        return {name: value for name, value in self.event.items() if value not in _NOTHING} or None


_NOTHING: tuple[Any, ...] = (None, "", {}, [])


def frame(  # noqa: PLR0913 - what the rule of an action says, member by member
    event: Raw, *, received_us: int, action: str, activity_id: int, failed: bool, profiles: tuple[str, ...]
) -> Frame:
    """Gather what `event` says whatever its class, taking it out of `event`."""
    moment = when(event)
    if moment is None:
        time, offset, written, labels = max(1, received_us // 1000), None, None, RECEIVED
    else:
        (time, offset, written), labels = moment, None
    endpoint = _source(event)
    user_agent = text(event, "user_agent")
    status_id, status, detail, response = outcome(event, failed=failed)
    who = _actor_user(event)
    actor = _actor(event, who)
    return Frame(
        action,
        activity_id,
        time,
        offset,
        Metadata(
            product=PRODUCT,
            version=OCSF_VERSION,
            event_code=action,
            uid=ident(event, "_document_id"),
            log_name=LOG_NAME,
            original_time=written,
            profiles=list(profiles) if profiles else None,
            labels=labels,
        ),
        status_id,
        status,
        detail,
        actor,
        who,
        endpoint,
        _http_request(event, user_agent),
        response,
        _things(event),
        event,
    )


def _source(event: Raw) -> NetworkEndpoint | None:
    """Where the actor is."""
    ip = event.get("actor_ip")
    if type(ip) is str and is_ip(ip):
        del event["actor_ip"]
    else:
        ip = None
    country = None
    where = event.get("actor_location")
    if type(where) is dict and type(country := where.get("country_code")) is str and country:
        del where["country_code"]
        if not where:
            del event["actor_location"]
    else:
        country = None
    if ip is None and country is None:
        return None
    return NetworkEndpoint(
        ip=ip, name=None if ip else "Unknown", location=None if country is None else _country(country)
    )


@remembered(1024)
def _country(code: str) -> Location:
    """The place that a country code is."""
    return Location(country=code)


def _actor_user(event: Raw) -> User | None:
    """Who acted; a token's own identifier is the credential."""
    bot = event.get("actor_is_bot")
    if type(bot) is bool:
        del event["actor_is_bot"]
    sso = text(event, "external_identity_nameid")
    who = person(ident(event, "actor_id"), ident(event, "actor"), bot is True, sso, ident(event, "token_id"))
    if who is None and sso is not None:
        event["external_identity_nameid"] = sso
    if sso is not None:
        same(event, "external_identity_username", sso)
    return who


def _actor(event: Raw, who: User | None) -> Actor | None:
    """Who acted, and through which application."""
    app_uid = app_name = None
    if "application_client_id" in event or "oauth_application_id" in event:
        app_uid = first(event, "application_client_id", "oauth_application_id")
    if "oauth_application_name" in event or "oauth_application" in event:
        app_name = first(event, "oauth_application_name", "oauth_application")
    token = text(event, "hashed_token")
    if who is None and app_uid is None and app_name is None and token is None:
        return None
    session = None if token is None else Session(credential_uid=token)
    return Actor(user=who, app_uid=app_uid, app_name=app_name, session=session)


def _http_request(event: Raw, user_agent: str | None) -> HttpRequest | None:
    """The request, where the event tells of one."""
    uid = ident(event, "request_id")
    method = path = query = None
    if "request_method" in event or "url_path" in event:
        method, path = text(event, "request_method"), text(event, "url_path")
        if path is not None:
            query = text(event, "query_string")
    if user_agent is None and uid is None and method is None and path is None:
        return None
    return HttpRequest(
        uid=uid,
        user_agent=user_agent,
        http_method=method,
        url=None if path is None else Url(path=path, query_string=query),
    )


def _things(event: Raw) -> list[Thing]:
    """What was acted on, the narrowest first."""
    things: list[Thing] = []
    repository = _repository(event)
    if repository is not None:
        things.append(repository)
    if "team" in event or "team_id" in event:
        team = _thing(event, "team", "team", "team_id")
        if team is not None:
            things.append(team)
    elif "data" in event and (name := inner(event, "data", "team")) is not None:
        things.append(Thing("team", None, name, {"data": {"team": name}}))
    organization = _thing(event, "organization", "org", "org_id")
    if organization is not None:
        things.append(organization)
    enterprise = _thing(event, "enterprise", "business", "business_id")
    if enterprise is not None:
        things.append(enterprise)
    return things


def _repository(event: Raw) -> Thing | None:
    """The repository, with whatever repeats what it is called."""
    repository = _thing(event, "repository", "repo", "repo_id")
    if repository is None:
        return _thing(event, "repository", "repository", "repository_id")
    for member, value in (("repository", repository.name), ("repository_id", repository.uid)):
        if member in event:
            stated = event[member]
            same(event, member, value)
            if member not in event:
                repository.raw[member] = stated
    return repository


def _thing(event: Raw, kind: str, name_key: str, uid_key: str) -> Thing | None:
    """Take one thing by its name and number; None where neither is there, or is of its type."""
    raw: Raw = {}
    name, uid = event.get(name_key), event.get(uid_key)
    if name and type(name) is str:
        raw[name_key] = name
        del event[name_key]
    else:
        name = None
    if type(uid) is int or (uid and type(uid) is str):
        raw[uid_key] = uid
        del event[uid_key]
        uid = str(uid)
    else:
        uid = None
    return Thing(kind, uid, name, raw) if raw else None
