"""What was done: an API's name as an OCSF activity, and the kind of thing that it was done to.

The names of some 15,000 AWS operations follow a few verbs. Where the verb is unknown, CloudTrail's own
readOnly decides between reading and the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from affidavit.formats.ocsf.objects import Service
from affidavit.sources.aws.remainder import text
from affidavit.sources.remembering import remembered

UNKNOWN, CREATE, READ, UPDATE, DELETE, OTHER = 0, 1, 2, 3, 4, 99
"""activity_id of API Activity."""
UNNAMED = "Unknown"
"""api.operation where an event names none that may stand in the facts."""

_VERBS = {
    READ: """Check Compare Count Decrypt Describe Detect Discover Download Estimate Evaluate Export
        Filter Find Get Has Head Is List Lookup Peek Poll Preview Query Read Receive Resolve Retrieve Scan
        Search Select Simulate Test Translate Validate Verify View""",
    CREATE: """Allocate Build Clone Copy Create Generate Import Initiate Invite Issue Launch New Open Post
        Provision Publish Purchase Register Request Restore Run Send Submit Subscribe Upload Write""",
    UPDATE: """Accept Acknowledge Activate Add Apply Approve Archive Assign Associate Attach Authorize Bind
        Cancel Change Complete Configure Confirm Continue Deactivate Decline Detach Disable Disassociate Edit
        Enable Execute Extend Failover Grant Increase Join Leave Link Lock Merge Migrate Modify Move Pause
        Promote Put Reboot Rebuild Record Refresh Reject Rename Renew Reorder Replace Replicate Reset Resize
        Resume Retry Revoke Rollback Rotate Set Share Start Stop Suspend Swap Switch Sync Synchronize Tag
        Transfer Unarchive Unassign Unlink Unlock Unshare Untag Update Upgrade""",
    DELETE: "Abort Delete Deprovision Deregister Destroy Discard Dispose Purge Release Remove Retire"
    " Terminate Unregister Unsubscribe",
}
_ACTIVITY = {verb: activity for activity, verbs in _VERBS.items() for verb in verbs.split()}
_EXCEPTIONS = {"ScheduleKeyDeletion": DELETE, "ReplicateSecretToRegions": CREATE}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+").findall
_PREFIXES = frozenset({"Batch", "Admin", "Bulk", "Begin", "End", "Transact"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}").fullmatch


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An operation of a service, shared by all its events."""

    name: str
    """Its name where that may stand in the facts, else `Unknown`."""
    named: bool
    activity_id: int
    """Of API Activity."""
    noun: str
    """The name without its verb, such as `Function`."""
    service: Service | None
    source: str
    """The service's short name, such as `iam`; empty where it is unknown."""
    version: str | None


@remembered(32768)
def operation(name: str, source: object, version: object, *, read_only: bool) -> Operation:
    """The operation `name` of the service `source`; TypeError where source or version is no text.

    A name, source or version that does not look like one is left out: these stand where nothing can be
    erased. The caller keeps such a text in the remainder.
    """
    source, version = text(source), text(version)
    named = is_name(name)
    activity_id, noun = _activity(name) if named else (UNKNOWN, "")
    if activity_id == OTHER and read_only:
        activity_id = READ
    service = source if source and is_name(source) else None
    return Operation(
        name=name if named else UNNAMED,
        named=named,
        activity_id=activity_id,
        noun=noun,
        service=Service(name=service) if service else None,
        source=service.partition(".")[0] if service else "",
        version=version if version and _VERSION(version) else None,
    )


def is_name(name: str) -> bool:
    """Whether `name` may stand in the facts as that of an operation or service."""
    return _NAME(name) is not None


def _activity(name: str) -> tuple[int, str]:
    """The activity that the verb of `name` says, and what remains of the name."""
    words = _WORDS(name)
    if words and words[0] in _PREFIXES and len(words) > 1 and words[1] in _ACTIVITY:
        words = words[1:]
    if not words:
        return OTHER, ""
    noun = "".join(words[1:])
    return _EXCEPTIONS.get(name) or _ACTIVITY.get(words[0][:1].upper() + words[0][1:], OTHER), noun
