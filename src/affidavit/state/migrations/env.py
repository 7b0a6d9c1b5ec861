"""What Alembic runs: the migrations, on the connection and in the transaction that `state.migrate` holds."""

from __future__ import annotations

from alembic import context

from affidavit.state.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
