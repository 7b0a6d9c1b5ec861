"""What moves together when a log grows: its head, its sources' sequences, receipts, and what waits to be sealed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from affidavit.state.metadata import metadata
from affidavit.state.tables import tenants

heads = Table(
    "heads",
    metadata,
    Column("tenant", Text, ForeignKey(tenants.c.tenant), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("spool_segment", BigInteger, nullable=False),
    Column("spool_offset", BigInteger, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("moved_us", BigInteger, nullable=False),
)
"""One row a log: what is sealed, and up to where the spool is used up by it."""

sequences = Table(
    "sequences",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("next_seq", BigInteger, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("batch", Text, primary_key=True),
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
    Index(None, "tenant", "source", "idempotency_key"),
)
"""`first_…` and `last_…` are null where the batch had nothing to seal, or is not sealed yet."""

outbox = Table(
    "outbox",
    metadata,
    Column("at", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
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
    UniqueConstraint("tenant", "record"),
)
"""Records of Affidavit's own that wait to be sealed; `at` gives their order and is theirs only while they wait."""
