"""People, bots and apps as OCSF users."""

from __future__ import annotations

from affidavit.formats.ocsf.objects import User
from affidavit.sources.github.taking import Raw, ident, text
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_email

UNKNOWN_USER = User(name="Unknown", type_id=0)
"""Stands where OCSF requires a user and the event names none."""
_PERSON, _SERVICE = 1, 4
_BOT_SUFFIX = "[bot]"


@remembered(16384)
def person(
    uid: str | None,
    login: str | None,
    is_bot: bool = False,  # noqa: FBT001, FBT002 - positional, because the cache is slower by keyword
    sso: str | None = None,
    credential: str | None = None,
) -> User | None:
    """Who that is; None where nothing identifies anyone. `sso` is the identity at their IdP."""
    if not uid and not login:
        return None
    bot = is_bot or (login or "").endswith(_BOT_SUFFIX)
    email = sso if sso and is_email(sso) else None
    return User(
        uid=uid,
        name=login,
        type="Bot" if bot else "User",
        type_id=_SERVICE if bot else _PERSON,
        email_addr=email,
        uid_alt=None if email else sso,
        credential_uid=credential,
    )


def subject(event: Raw) -> User | None:
    """Take the user who was acted on, by login or, where only invited, by e-mail address."""
    found = person(ident(event, "user_id"), ident(event, "user"))
    if found is not None:
        return found
    invited = text(event, "invitee")
    if invited is not None:
        return person(None, invited)
    address = event.get("email")
    if type(address) is str and is_email(address):
        del event["email"]
        return User(name=address, email_addr=address)
    return None
