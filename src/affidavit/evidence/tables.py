"""Evidence bundles that were asked for, and what became of each."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from affidavit.state.metadata import metadata

bundles = Table(
    "bundles",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_token", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("since", Text),
    Column("until", Text),
    Column("since_us", BigInteger),
    Column("until_us", BigInteger),
    Column("disclosed", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("finished_us", BigInteger),
    Column("records", BigInteger),
    Column("size_bytes", BigInteger),
    Column("sha256", Text),
    Column("code", Text),
    Column("message", Text),
)
"""`disclosed` has the names of parts, joined by commas; `done` and `total` count records while it is made."""
