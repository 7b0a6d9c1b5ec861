"""The tenants of this deployment; one, `default`, unless it is run for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from affidavit.core.ids import Tenant
from affidavit.state.statements import insert
from affidavit.state.tables import tenants

if TYPE_CHECKING:
    from sqlalchemy import Connection


def add_tenant(connection: Connection, tenant: Tenant, *, now_us: int) -> bool:
    """The tenant is there; whether it was added by this call."""
    row = {"tenant": tenant, "created_us": now_us}
    change = insert(connection, tenants).values(row).on_conflict_do_nothing().returning(tenants.c.tenant)
    return connection.execute(change).one_or_none() is not None


def all_tenants(connection: Connection) -> list[Tenant]:
    """Every tenant, by name."""
    return sorted(Tenant(name) for (name,) in connection.execute(select(tenants.c.tenant)))
