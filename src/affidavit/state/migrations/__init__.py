"""Alembic's script folder; `state.migrate` runs it. A migration states its DDL and imports no tables.py."""
