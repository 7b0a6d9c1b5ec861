"""Which top-level OCSF attribute belongs to which part (docs/spec/record.md).

Personal by default: only the allow-list FACTS goes into the unsalted part, so a new attribute that nobody
has thought about lands in `detail`, which can be erased.
"""

from __future__ import annotations

FACTS = frozenset(
    {
        "action",
        "action_id",
        "activity_id",
        "activity_name",
        "api",
        "auth_protocol",
        "auth_protocol_id",
        "category_name",
        "category_uid",
        "class_name",
        "class_uid",
        "cloud",
        "confidence",
        "confidence_id",
        "confidence_score",
        "count",
        "disposition",
        "disposition_id",
        "duration",
        "end_time",
        "is_alert",
        "is_cleartext",
        "is_mfa",
        "is_new_logon",
        "is_remote",
        "logon_type",
        "logon_type_id",
        "metadata",
        "risk_level",
        "risk_level_id",
        "risk_score",
        "severity",
        "severity_id",
        "start_time",
        "status",
        "status_code",
        "status_id",
        "time",
        "timezone_offset",
        "type_name",
        "type_uid",
    }
)
ACTOR = frozenset(
    {
        "actor",
        "authentication_token",
        "certificate",
        "device",
        "http_cookies",
        "http_request",
        "process",
        "proxy",
        "proxy_endpoint",
        "proxy_http_request",
        "session",
        "src_endpoint",
    }
)
TARGET = frozenset(
    {
        "app",
        "application",
        "applications",
        "database",
        "databucket",
        "dst_endpoint",
        "entity",
        "entity_result",
        "file",
        "file_result",
        "folder",
        "group",
        "job",
        "policies",
        "policy",
        "privileges",
        "requested_permissions",
        "resource",
        "resources",
        "service",
        "share",
        "subgroup",
        "table",
        "user",
        "user_result",
        "users",
        "web_resources",
        "web_resources_result",
    }
)
