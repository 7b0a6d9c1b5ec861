"""What a new RoleBinding or ClusterRoleBinding grants, where the event carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from affidavit.sources.kubernetes.remainder import Document
    from affidavit.sources.kubernetes.request import Request

_CODES = frozenset({"create rolebindings", "create clusterrolebindings"})
_SUBJECTS = frozenset({"User", "Group", "ServiceAccount"})


class Grant(NamedTuple):
    """One subject that gets one role."""

    kind: str
    """User, Group or ServiceAccount."""
    name: str
    """As it appears as a username or group: a service account's with its namespace."""
    role: str
    """Such as `ClusterRole/cluster-admin`."""


def granted(request: Request) -> Grant | None:
    """The grant; None where the request creates no binding, does not say, or has several subjects."""
    if request.metadata.event_code not in _CODES:
        return None
    document = request.event.get("requestObject")
    if not isinstance(document, dict):
        return None
    role, subjects = document.get("roleRef"), document.get("subjects")
    if not (isinstance(role, dict) and isinstance(subjects, list) and len(subjects) == 1):
        return None
    kind, name = role.get("kind"), role.get("name")
    if not (isinstance(kind, str) and isinstance(name, str) and kind and name):
        return None
    return _subject(subjects[0], f"{kind}/{name}")


def _subject(subject: object, role: str) -> Grant | None:
    """The grant of `role` to a subject of a binding; None where it is no such thing."""
    if not isinstance(subject, dict):
        return None
    document: Document = subject
    kind, name = document.get("kind"), document.get("name")
    if not isinstance(kind, str) or kind not in _SUBJECTS or not isinstance(name, str) or not name:
        return None
    if kind == "ServiceAccount":
        namespace = document.get("namespace")
        if not isinstance(namespace, str) or not namespace:
            return None
        name = f"system:serviceaccount:{namespace}:{name}"
    return Grant(kind, name, role)
