"""What Affidavit itself has to say and is not sealed yet: records announced by any process, sealed by the sealer.

A record is announced in the transaction that makes its statement true, and taken out in the one that moves the
head over it, so that it is sealed exactly once, whichever process dies when. Id and salt are drawn when it is
announced: a step that is repeated seals the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, insert, select

from affidavit.formats.record.kinds import Kind  # noqa: TC001 - msgspec resolves the fields' types
from affidavit.ledger.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant


class OwnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record of Affidavit's own, complete but for its place in the log. Absent parts are empty."""

    record: bytes
    """UUIDv7, 16 bytes."""
    salt: bytes
    """16 random bytes."""
    kind: Kind
    class_uid: int
    received_us: int
    """When it was announced."""
    actor: bytes
    detail: bytes
    facts: bytes
    raw: bytes
    target: bytes


def announce(connection: Connection, tenant: Tenant, records: Iterable[OwnRecord]) -> None:
    """The records will be sealed once the caller's transaction commits, in this order."""
    rows = [{"tenant": tenant, **msgspec.structs.asdict(record)} for record in records]
    if rows:
        connection.execute(insert(outbox), rows)


def announced(connection: Connection, tenant: Tenant, *, limit: int) -> list[OwnRecord]:
    """The oldest records that wait to be sealed."""
    columns = [outbox.c[name] for name in OwnRecord.__struct_fields__]
    found = select(*columns).where(outbox.c.tenant == tenant).order_by(outbox.c.at).limit(limit)
    return [OwnRecord(**row) for row in connection.execute(found).mappings()]


def take_out(connection: Connection, tenant: Tenant, records: Iterable[OwnRecord]) -> None:
    """The records are sealed by the step that the caller's transaction completes."""
    ids = [record.record for record in records]
    if ids:
        connection.execute(delete(outbox).where(outbox.c.tenant == tenant, outbox.c.record.in_(ids)))
