"""Evidence bundles that were asked for."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One table."""
    op.create_table(
        "bundles",
        Column("tenant", Text, nullable=False),
        Column("id", Text, nullable=False),
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
        PrimaryKeyConstraint("tenant", "id", name="pk_bundles"),
    )
