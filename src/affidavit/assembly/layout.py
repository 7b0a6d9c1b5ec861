"""Prefixes of what lies in a tenant's store."""

from __future__ import annotations

LOG = "log/"
"""Checkpoint and tiles, as they are served."""
