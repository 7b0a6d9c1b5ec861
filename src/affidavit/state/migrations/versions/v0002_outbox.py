"""The outbox: records of Affidavit's own that wait to be sealed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One table."""
    op.create_table(
        "outbox",
        Column("at", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
        Column("tenant", Text, nullable=False),
        Column("record", LargeBinary, nullable=False),
        Column("salt", LargeBinary, nullable=False),
        Column("kind", Text, nullable=False),
        Column("class_uid", BigInteger, nullable=False),
        Column("received_us", BigInteger, nullable=False),
        Column("actor", LargeBinary, nullable=False),
        Column("detail", LargeBinary, nullable=False),
        Column("facts", LargeBinary, nullable=False),
        Column("raw", LargeBinary, nullable=False),
        Column("target", LargeBinary, nullable=False),
        PrimaryKeyConstraint("at", name="pk_outbox"),
        UniqueConstraint("tenant", "record", name="uq_outbox_tenant_record"),
    )
