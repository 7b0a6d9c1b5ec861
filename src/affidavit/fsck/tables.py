"""What upkeep knows across restarts: how far the scrub is, and what fsck was asked for and found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from affidavit.state.metadata import metadata

scrubs = Table(
    "scrubs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("began_us", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("tile", BigInteger, nullable=False),
    Column("object", Text, nullable=False),
    Column("differences", BigInteger, nullable=False),
    Column("worked_ms", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("verified_began_us", BigInteger),
    Column("verified_ended_us", BigInteger),
    Column("verified_size", BigInteger),
    Column("found_us", BigInteger),
    Column("found_code", Text),
    Column("found_where", Text),
)
"""One row a log: the round that goes on or ended last, the last one without a difference, and the open finding."""

scrub_files = Table(
    "scrub_files",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("runs", Text, nullable=False),
)
"""The lake files that the round that goes on has verified, and which records each holds."""

fscks = Table(
    "fscks",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("asked_us", BigInteger, nullable=False),
    Column("answered_us", BigInteger),
    Column("report", Text),
)
"""One row a log: when fsck was asked for last, and what it found when it last looked."""
