"""The first tables: tenants, sources, tokens, heads, sequences, receipts and quarantine."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "tenants",
        Column("tenant", Text, nullable=False),
        Column("created_us", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_tenants"),
    )
    op.create_table(
        "sources",
        Column("tenant", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("created_us", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", "name", name="pk_sources"),
        ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name="fk_sources_tenant"),
    )
    op.create_table(
        "tokens",
        Column("tenant", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("scopes", Text, nullable=False),
        Column("created_us", BigInteger, nullable=False),
        Column("expires_us", BigInteger),
        Column("revoked_us", BigInteger),
        Column("last_used_us", BigInteger),
        PrimaryKeyConstraint("tenant", "id", name="pk_tokens"),
        ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name="fk_tokens_tenant"),
    )
    op.create_index("ix_tokens_id", "tokens", ["id"], unique=True)
    _ledger()
    _intake()


def _ledger() -> None:
    op.create_table(
        "heads",
        Column("tenant", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("root", LargeBinary, nullable=False),
        Column("spool_segment", BigInteger, nullable=False),
        Column("spool_offset", BigInteger, nullable=False),
        Column("checkpoint", Text, nullable=False),
        Column("moved_us", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_heads"),
        ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name="fk_heads_tenant"),
    )
    op.create_table(
        "sequences",
        Column("tenant", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("next_seq", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", "source", name="pk_sequences"),
    )
    op.create_table(
        "receipts",
        Column("tenant", Text, nullable=False),
        Column("batch", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("idempotency_key", Text),
        Column("accepted", BigInteger, nullable=False),
        Column("quarantined", BigInteger, nullable=False),
        Column("first_seq", BigInteger),
        Column("last_seq", BigInteger),
        Column("received_us", BigInteger, nullable=False),
        Column("first_index", BigInteger),
        Column("last_index", BigInteger),
        Column("checkpoint_size", BigInteger),
        PrimaryKeyConstraint("tenant", "batch", name="pk_receipts"),
    )
    op.create_index(
        "ix_receipts_tenant_source_idempotency_key", "receipts", ["tenant", "source", "idempotency_key"]
    )


def _intake() -> None:
    op.create_table(
        "quarantine",
        Column("tenant", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("batch", Text, nullable=False),
        Column("line", BigInteger, nullable=False),
        Column("byte", BigInteger, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        Column("code", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("received_us", BigInteger, nullable=False),
        Column("object", Text, nullable=False),
        Column("item", Integer, nullable=False),
        PrimaryKeyConstraint("tenant", "id", name="pk_quarantine"),
    )
    op.create_index("ix_quarantine_tenant_received_us_id", "quarantine", ["tenant", "received_us", "id"])
    op.create_index(
        "ix_quarantine_tenant_source_received_us_id", "quarantine", ["tenant", "source", "received_us", "id"]
    )
