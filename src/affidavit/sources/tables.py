"""The sources that were declared."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from affidavit.state.metadata import metadata
from affidavit.state.tables import tenants

sources = Table(
    "sources",
    metadata,
    Column("tenant", Text, ForeignKey(tenants.c.tenant), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)
