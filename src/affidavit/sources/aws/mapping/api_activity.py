"""API Activity (6003): every call that no narrower class describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.event import STATUS
from affidavit.sources.aws import resources
from affidavit.sources.aws.call import INFORMATIONAL

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call


def event(call: Call) -> ApiActivity:
    """The call as API Activity, with the resources that it names."""
    operation = call.operation
    found = resources.of_event(call.event, call.parameters, operation)
    return ApiActivity(
        activity_id=operation.activity_id,
        actor=call.actor,
        api=call.api,
        cloud=call.cloud,
        http_request=call.http_request,
        metadata=call.metadata,
        resources=found,
        severity_id=INFORMATIONAL,
        src_endpoint=call.src_endpoint,
        status=STATUS[call.status_id],
        status_code=call.status_code,
        status_detail=call.status_detail,
        status_id=call.status_id,
        time=call.time_ms,
        timezone_offset=call.offset_min,
        unmapped=call.unmapped(),
    )
