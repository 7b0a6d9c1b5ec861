"""Tokens open what their scopes say, as long as they are valid, and their text leaks nowhere."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.access.authenticate import CACHE_US, Authenticator
from affidavit.access.identity import Identity
from affidavit.access.scopes import ADMIN, INGEST_ANY, OWNER, READ, checked_scopes, ingest, scope
from affidavit.access.token_text import new_token_text, parse
from affidavit.access.tokens import NewToken, Token, Tokens
from affidavit.core.errors import (
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
    UsageError,
)
from affidavit.core.ids import SourceName, Tenant
from affidavit.state.database import Database
from affidavit.state.tenants import add_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.access.scopes import Scope

ACME, OTHER = Tenant("acme"), Tenant("other")
MINUTE_US = 60_000_000


class CountedTokens(Tokens):
    """Tokens that count how often the database was asked, at a time that tests move, and their recogniser."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, clock=self)
        self.looks = 0
        self.at_us = 1_790_000_000_000_000
        self.authenticator = Authenticator(self, clock=self)

    def now_us(self) -> int:
        """The time."""
        return self.at_us

    def find(self, id: str) -> tuple[Token, bytes] | None:  # noqa: A002 - as in Tokens
        """As Tokens."""
        self.looks += 1
        return super().find(id)

    def made(self, *held: str, expires_us: int | None = None) -> NewToken:
        """A token of ACME's."""
        return self.create(ACME, name="forwarder", scopes=held or ["read"], expires_us=expires_us)

    def show(self, text: str) -> Identity:
        """Authenticates now."""
        return self.authenticator.authenticate(text)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With two tenants."""
    database = Database(f"sqlite:///{tmp_path}/state.db")
    database.migrate()
    with database.transaction() as connection:
        add_tenant(connection, ACME, now_us=1)
        add_tenant(connection, OTHER, now_us=1)
    yield database
    database.close()


@pytest.fixture
def tokens(database: Database) -> CountedTokens:
    """None yet."""
    return CountedTokens(database)


def test_a_token_is_its_holder(tokens: CountedTokens) -> None:
    """Whoever shows the text is the tenant's holder of those scopes."""
    made = tokens.made("read", "ingest:okta-prod", "read")
    assert made.token.scopes == ("ingest:okta-prod", "read")
    assert tokens.show(made.text) == Identity(
        tenant=ACME, token_id=made.token.id, name="forwarder", scopes=frozenset(made.token.scopes)
    )
    assert tokens.list(ACME) == [made.token]
    assert tokens.list(OTHER) == []


def test_only_the_digest_is_kept(tokens: CountedTokens, tmp_path: Path, database: Database) -> None:
    """The text is in no file, no repr and no error; what is stored is its SHA-256."""
    made = tokens.made()
    assert re.fullmatch(r"aff_[0-9a-f]{16}_[0-9A-Za-z]{43}", made.text)
    secret = made.text.rpartition("_")[2]
    database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert hashlib.sha256(made.text.encode()).digest() in kept
    assert secret.encode() not in kept
    assert secret not in repr(made)
    assert secret not in repr(parse(made.text))


def _altered(text: str, at: int) -> str:
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def test_a_wrong_secret_is_nobody(tokens: CountedTokens) -> None:
    """One changed character is enough to be refused, cached or not, and the error repeats nothing of it."""
    made = tokens.made()
    for _ in range(2):
        for at in (len("aff_") + 16 + 1, -1 % len(made.text)):
            wrong = _altered(made.text, at)
            with pytest.raises(UnauthenticatedError, match="no such token") as caught:
                tokens.show(wrong)
            assert wrong.rpartition("_")[2] not in f"{caught.value!r}{caught.value}{caught.value.hint}"
        tokens.show(made.text)
    with pytest.raises(UnauthenticatedError, match="no such token"):
        tokens.show(new_token_text())


@given(text=st.one_of(st.text(), st.text(alphabet="af_0123456789", max_size=80), st.just("aff_" + "é" * 60)))
def test_garbage_is_nobody(text: str) -> None:
    """Whatever stands where a token belongs gives UnauthenticatedError and nothing else."""
    with pytest.raises(UnauthenticatedError) as caught:
        parse(text)
    assert len(text) < 8 or text not in str(caught.value)


def test_a_token_expires(tokens: CountedTokens) -> None:
    """At its expiry a token is refused at once, though it was just used."""
    made = tokens.made(expires_us=tokens.at_us + 1000)
    tokens.at_us += 999
    tokens.show(made.text)
    tokens.at_us += 1
    with pytest.raises(UnauthenticatedError) as caught:
        tokens.show(made.text)
    assert caught.value.code == "token-expired"
    with pytest.raises(UsageError):
        tokens.made(expires_us=tokens.at_us)


def test_a_revoked_token_opens_nothing(tokens: CountedTokens, database: Database) -> None:
    """Revocation is felt at once where it is told, within the cache's seconds elsewhere, and is final."""
    made = tokens.made()
    elsewhere = CountedTokens(database)
    tokens.show(made.text)
    elsewhere.show(made.text)
    revoked = tokens.revoke(ACME, id=made.token.id)
    assert revoked.revoked_us == tokens.at_us
    tokens.authenticator.forget(made.token.id)
    tokens.at_us += 9
    elsewhere.at_us += CACHE_US
    for each in (tokens, elsewhere):
        with pytest.raises(UnauthenticatedError) as caught:
            each.show(made.text)
        assert caught.value.code == "token-revoked"
    assert tokens.revoke(ACME, id=made.token.id) == revoked
    for tenant, id_ in ((ACME, "absent"), (OTHER, made.token.id)):
        with pytest.raises(NotFoundError):
            tokens.revoke(tenant, id=id_)


def test_the_database_is_asked_rarely(tokens: CountedTokens) -> None:
    """A busy sender costs one look in five seconds; a clock that goes back makes it look again."""
    made = tokens.made()
    for _ in range(1000):
        tokens.show(made.text)
        tokens.at_us += 10_000
    assert tokens.looks == 2
    tokens.at_us -= MINUTE_US
    tokens.show(made.text)
    assert tokens.looks == 3


def test_last_use_is_written_together(tokens: CountedTokens) -> None:
    """Nothing is written as a token is used; `write_uses` writes all, and never takes a later use back."""
    first, second, unused = tokens.made(), tokens.made(), tokens.made()
    tokens.show(first.text)
    tokens.at_us += 7
    tokens.show(second.text)
    assert {token.last_used_us for token in tokens.list(ACME)} == {None}
    tokens.authenticator.write_uses()
    tokens.authenticator.write_uses()
    tokens.mark_used({first.token.id: 5})
    assert {token.id: token.last_used_us for token in tokens.list(ACME)} == {
        first.token.id: tokens.at_us - 7,
        second.token.id: tokens.at_us,
        unused.token.id: None,
    }


@pytest.mark.parametrize(
    ("held", "asked", "allowed"),
    [
        (["ingest:okta"], ingest(SourceName("okta")), True),
        (["ingest:okta"], ingest(SourceName("okta2")), False),
        (["ingest:okta"], INGEST_ANY, False),
        (["ingest:*"], ingest(SourceName("okta")), True),
        (["ingest:*"], READ, False),
        (["read"], ingest(SourceName("okta")), False),
        (["read"], ADMIN, False),
        (["admin"], READ, False),
        (["admin"], ingest(SourceName("okta")), False),
        (sorted(OWNER), ingest(SourceName("okta")), True),
        (sorted(OWNER), READ, True),
        (sorted(OWNER), ADMIN, True),
    ],
)
def test_scopes_open_what_they_name(held: list[str], asked: Scope, allowed: bool) -> None:
    """Each scope opens its own door and no other; the refusal names the scope that is missing."""
    identity = Identity(tenant=ACME, token_id="id", name="n", scopes=frozenset(checked_scopes(held)))
    assert identity.allows(asked) is allowed
    if allowed:
        identity.require(asked)
    else:
        with pytest.raises(ForbiddenError, match=re.escape(asked)):
            identity.require(asked)


@pytest.mark.parametrize(
    "text",
    ["", "owner", "ingest", "ingest:", "ingest:A", "ingest:*x", "read:x", "Read", "ingest:a b", "admin "],
)
def test_other_scopes_are_refused(text: str) -> None:
    """What is no scope cannot be given to a token."""
    with pytest.raises(UsageError):
        scope(text)


@given(st.text())
def test_garbage_scopes_give_our_errors(text: str) -> None:
    """Any text is a scope or a UsageError."""
    with suppress(UsageError):
        assert scope(text) == text


@pytest.mark.parametrize(
    ("name", "held"), [("", ["read"]), ("x" * 101, ["read"]), ("a\nb", ["read"]), ("n", [])]
)
def test_a_token_has_a_scope_and_a_readable_name(tokens: CountedTokens, name: str, held: list[str]) -> None:
    """A token with an unreadable name or without any scope is not made."""
    with pytest.raises(UsageError):
        tokens.create(ACME, name=name, scopes=held)
    assert tokens.list(ACME) == []


def test_texts_are_never_alike() -> None:
    """Ids and secrets are drawn anew each time."""
    texts = {new_token_text() for _ in range(500)}
    assert len({text.split("_")[1] for text in texts}) == len({text.split("_")[2] for text in texts}) == 500
