"""The sources that a tenant declared: each a name, and the type that its bytes are read as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import ColumnElement, Select, select

from affidavit.core.errors import ConflictError, NotFoundError
from affidavit.core.ids import OWN_SOURCE, SourceName, SourceType, source_name
from affidavit.sources.tables import sources
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from affidavit.core.ids import Tenant
    from affidavit.state.database import Database


class DeclaredSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it was declared."""

    name: SourceName
    type: SourceType
    created_us: int


class DeclaredSources:
    """The list of declared sources in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[tuple[Tenant, str], DeclaredSource] = {}
        """Those that were asked for. A declared source never changes and never goes."""

    def add(self, tenant: Tenant, *, name: str, type: SourceType, now_us: int) -> DeclaredSource:  # noqa: A002 - the domain's word
        """Declares a source; the same again is no error; ConflictError where the name has another type."""
        checked = source_name(name)
        if checked == OWN_SOURCE:
            raise ConflictError(f"{checked} is the source of Affidavit's own records")
        row = {"tenant": tenant, "name": checked, "type": type, "created_us": now_us}
        with self._database.transaction() as connection:
            connection.execute(insert(connection, sources).values(row).on_conflict_do_nothing())
            found = connection.execute(_columns().where(*_key(tenant, checked))).one()
        declared = DeclaredSource(**found._asdict())
        if declared.type != type:
            raise ConflictError(
                f"source {checked} is of type {declared.type} already",
                code="source-exists",
                hint="Choose another name; a source's type never changes, as its records commit to it.",
            )
        return declared

    def get(self, tenant: Tenant, *, name: str) -> DeclaredSource:
        """The source; NotFoundError (code `unknown-source`) where it was not declared."""
        declared = self._found.get((tenant, name))
        if declared is not None:
            return declared
        with self._database.read() as connection:
            found = connection.execute(_columns().where(*_key(tenant, name))).one_or_none()
        if found is None:
            raise NotFoundError(
                f"source {name[:64]!r} is not declared",
                code="unknown-source",
                hint="Declare it with `affidavit sources add NAME --type TYPE`.",
            )
        declared = self._found[tenant, name] = DeclaredSource(**found._asdict())
        return declared

    def list(self, tenant: Tenant) -> list[DeclaredSource]:
        """Every declared source of the tenant, by name."""
        with self._database.read() as connection:
            rows = connection.execute(_columns().where(sources.c.tenant == tenant)).all()
        return sorted((DeclaredSource(**row._asdict()) for row in rows), key=lambda source: source.name)


def _columns() -> Select[tuple[str, str, int]]:
    return select(sources.c.name, sources.c.type, sources.c.created_us)


def _key(tenant: Tenant, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return sources.c.tenant == tenant, sources.c.name == name
