"""The source type `kubernetes.audit`."""

from __future__ import annotations

from affidavit.core.ids import SourceType
from affidavit.sources.interface import SourceKind
from affidavit.sources.kubernetes.audit import map_event

KIND = SourceKind(
    type=SourceType("kubernetes.audit"),
    title="Kubernetes audit log",
    version=1,
    framing="json",
    envelope="items",
    map=map_event,
)
"""audit.k8s.io events, as the log backend writes them and the webhook backend sends them in an EventList."""
