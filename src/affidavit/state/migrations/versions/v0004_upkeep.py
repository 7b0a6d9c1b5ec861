"""How far the scrub is, and what fsck was asked for."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        "scrubs",
        Column("tenant", Text, nullable=False),
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
        PrimaryKeyConstraint("tenant", name="pk_scrubs"),
    )
    op.create_table(
        "scrub_files",
        Column("tenant", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("runs", Text, nullable=False),
        PrimaryKeyConstraint("tenant", "name", name="pk_scrub_files"),
    )
    op.create_table(
        "fscks",
        Column("tenant", Text, nullable=False),
        Column("asked_us", BigInteger, nullable=False),
        Column("answered_us", BigInteger),
        Column("report", Text),
        PrimaryKeyConstraint("tenant", name="pk_fscks"),
    )
