"""What the last word of a vendor's event name does to a thing: `create`, `revoked`, `disable` ….

Vendors add event names faster than a table follows; the verb still says whether something came, changed or
went. Numbers are the activities of OCSF Entity Management; `CRUD` narrows them to those of API Activity.
"""

from __future__ import annotations

CREATE, READ, UPDATE, DELETE, MOVE, ENROLL, UNENROLL = 1, 2, 3, 4, 5, 6, 7
ENABLE, DISABLE, ACTIVATE, DEACTIVATE, SUSPEND, RESUME, OTHER = 8, 9, 10, 11, 12, 13, 99

_WORDS = {
    CREATE: """create created creation add added new import imported upload uploaded generate generated
        issue issued publish published grant granted open opened start started initiate initiated install
        installed invite invited request requested submit submitted append push pushed""",
    READ: """read view viewed list listed get download downloaded export exported search query queried
        access accessed show reveal clone fetch evaluate evaluated retrieve verify verified check""",
    UPDATE: """update updated change changed modify modified edit edited rename renamed set reset rotate
        rotated rollover assign assigned unassign configure configured replace replaced convert approve
        approved extend extended promote demote link linked unlink unlinked refresh sync merge close closed
        dismiss dismissed reopen reopened resolve resolved override cancel cancelled accept accepted
        deny denied reject rejected expire expired""",
    DELETE: """delete deleted remove removed destroy destroyed revoke revoked purge purged clear cleared
        uninstall uninstalled discard""",
    MOVE: "move moved transfer transferred",
    ENROLL: "enroll enrolled register registered enrollment",
    UNENROLL: "unenroll unenrolled unregister deregister unregistered",
    ENABLE: "enable enabled allow allowed unlock unlocked unblock",
    DISABLE: "disable disabled disallow block blocked lock locked",
    ACTIVATE: "activate activated reactivate reactivated",
    DEACTIVATE: "deactivate deactivated archive archived",
    SUSPEND: "suspend suspended pause paused",
    RESUME: "unsuspend unsuspended resume resumed restore restored unarchive unarchived reinstate",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}

CRUD = {
    CREATE: CREATE, READ: READ, UPDATE: UPDATE, DELETE: DELETE, MOVE: UPDATE, ENROLL: CREATE,
    UNENROLL: DELETE, ENABLE: UPDATE, DISABLE: UPDATE, ACTIVATE: UPDATE, DEACTIVATE: UPDATE,
    SUSPEND: UPDATE, RESUME: UPDATE,
}  # fmt: skip
"""An Entity Management activity as one of API Activity; OTHER has none."""


def meaning(name: str) -> int:
    """The Entity Management activity that a name such as `zone.make_public.update` ends in, or OTHER."""
    for part in reversed(name.lower().rsplit(".", 2)):
        words = part.split("_")
        for word in (part, words[0], words[-1], *words):
            if word in _MEANING:
                return _MEANING[word]
    return OTHER
