"""Events to send: small, valid, and each with an id of its own."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec


def okta_event(actor: str = "amelia@harborline.example", **changes: Any) -> dict[str, Any]:
    """One Okta System Log event with a fresh uuid; `changes` replace its members."""
    return {
        "uuid": str(uuid.uuid4()),
        "published": "2026-11-16T08:02:11.482Z",
        "eventType": "user.session.start",
        "version": "0",
        "severity": "INFO",
        "displayMessage": "User login to Okta",
        "actor": {"id": "00u1", "type": "User", "alternateId": actor, "displayName": "Amelia Ortiz"},
        "client": {"ipAddress": "203.0.113.24", "userAgent": {"rawUserAgent": "curl/8"}},
        "outcome": {"result": "SUCCESS"},
        "target": None,
        **changes,
    }


def okta_lines(count: int, actor: str = "amelia@harborline.example") -> bytes:
    """NDJSON of `count` events."""
    return b"".join(msgspec.json.encode(okta_event(actor)) + b"\n" for _ in range(count))
