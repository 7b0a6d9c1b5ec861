"""The source type `aws.cloudtrail`."""

from __future__ import annotations

from affidavit.core.ids import SourceType
from affidavit.sources.aws.cloudtrail import map_event
from affidavit.sources.interface import SourceKind

KIND = SourceKind(
    type=SourceType("aws.cloudtrail"),
    title="AWS CloudTrail",
    version=1,
    framing="json",
    envelope="Records",
    map=map_event,
)
"""Management, data, network activity and Insights events, as trails deliver them."""
