"""The verifier as one file (placeholder)."""

from __future__ import annotations


def standalone(tool: str) -> bytes:
    """The file."""
    return f"# {tool}\n".encode()
