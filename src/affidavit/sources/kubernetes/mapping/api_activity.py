"""API Activity (6003): every request to the API server that no narrower class describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.event import STATUS
from affidavit.sources.kubernetes.request import INFORMATIONAL

if TYPE_CHECKING:
    from affidavit.sources.kubernetes.request import Request


def event(request: Request) -> ApiActivity:
    """The request as API Activity."""
    return ApiActivity(
        activity_id=request.operation.activity_id,
        actor=request.actor,
        api=request.api,
        http_request=request.http_request,
        metadata=request.metadata,
        resources=request.resources,
        severity_id=INFORMATIONAL,
        src_endpoint=request.src_endpoint,
        status=STATUS[request.status_id],
        status_code=request.status_code,
        status_detail=request.status_detail,
        status_id=request.status_id,
        time=request.time_ms,
        timezone_offset=request.offset_min,
        unmapped=request.unmapped(),
    )
