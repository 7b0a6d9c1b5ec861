"""The list of what was quarantined; the bytes themselves are in encrypted objects."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from affidavit.state.metadata import metadata

quarantine = Table(
    "quarantine",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
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
    Index(None, "tenant", "received_us", "id"),
    Index(None, "tenant", "source", "received_us", "id"),
)
"""`object` and `item` say which object holds the verbatim bytes, and at which place in it."""
