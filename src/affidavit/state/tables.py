"""Tables that every room may refer to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from affidavit.state.metadata import metadata

tenants = Table(
    "tenants",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("created_us", BigInteger, nullable=False),
)
"""Whose logs are kept here; every other table's key begins with one of these."""
