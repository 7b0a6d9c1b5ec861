"""Tokens, of which only the digest is kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from affidavit.state.metadata import metadata
from affidavit.state.tables import tenants

tokens = Table(
    "tokens",
    metadata,
    Column("tenant", Text, ForeignKey(tenants.c.tenant), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger),
    Column("revoked_us", BigInteger),
    Column("last_used_us", BigInteger),
    Index(None, "id", unique=True),
)
"""`scopes` are separated by spaces; `digest` is SHA-256 of the token's text."""
