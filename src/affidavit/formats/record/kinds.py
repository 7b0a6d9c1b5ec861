"""What a record can be, and what a mapper hands over to be sealed."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "event",
    "heartbeat",
    "gap",
    "drop",
    "erasure",
    "disposal",
    "hold",
    "key",
    "config",
    "access",
    "finding",
    "remap",
]
"""`event` comes from a source; every other kind is what Affidavit itself did or noticed."""
