"""Tokens as rows of the state database, each step inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, or_, select

from affidavit.access.model import Token
from affidavit.access.scopes import Scope
from affidavit.access.tables import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from affidavit.core.ids import Tenant


def add(connection: Connection, token: Token, *, digest: bytes) -> None:
    """Keeps a new token by its digest."""
    row = {**msgspec.structs.asdict(token), "scopes": " ".join(token.scopes), "digest": digest}
    connection.execute(tokens.insert().values(row))


def of_tenant(connection: Connection, tenant: Tenant) -> list[Token]:
    """Every token of the tenant, oldest first."""
    found = select(tokens).where(tokens.c.tenant == tenant).order_by(tokens.c.created_us, tokens.c.id)
    return [_token(row) for row in connection.execute(found).mappings()]


def find(connection: Connection, id: str) -> tuple[Token, bytes] | None:  # noqa: A002 - the domain's word
    """The token of that id, of whichever tenant, and its digest."""
    row = connection.execute(select(tokens).where(tokens.c.id == id)).mappings().one_or_none()
    return None if row is None else (_token(row), row["digest"])


def revoke(connection: Connection, tenant: Tenant, *, id: str, now_us: int) -> Token | None:  # noqa: A002 - the domain's word
    """The token, revoked now or already; None where there is none."""
    change = (
        tokens.update()
        .where(tokens.c.tenant == tenant, tokens.c.id == id)
        .values(revoked_us=func.coalesce(tokens.c.revoked_us, now_us))
        .returning(tokens)
    )
    row = connection.execute(change).mappings().one_or_none()
    return None if row is None else _token(row)


def mark_used(connection: Connection, uses: Mapping[str, int]) -> None:
    """Writes down when tokens were last used, by id; never back in time."""
    change = (
        tokens.update()
        .where(
            tokens.c.id == bindparam("used_id"),
            or_(tokens.c.last_used_us.is_(None), tokens.c.last_used_us < bindparam("used_us")),
        )
        .values(last_used_us=bindparam("used_us"))
    )
    connection.execute(change, [{"used_id": id_, "used_us": at_us} for id_, at_us in sorted(uses.items())])


def _token(row: RowMapping) -> Token:
    fields: dict[str, Any] = {name: row[name] for name in Token.__struct_fields__}
    return Token(**{**fields, "scopes": tuple(map(Scope, row["scopes"].split()))})
