"""What lies in a bundle, by name, and how long each member may be (docs/spec/bundle.md, Members)."""

from __future__ import annotations

MANIFEST = "manifest.json"
MANIFEST_NOTE = "manifest.note"
POLICY = "policy.txt"
START_NOTE = "start.note"
START_TOKEN = "start.tsr"  # noqa: S105 - a timestamp token's name
END_NOTE = "end.note"
END_TOKEN = "end.tsr"  # noqa: S105 - as above
CONSISTENCY = "consistency.txt"
BOUNDARY = "boundary.txt"
ENTRIES = "entries.ndjson"
RECORDS = "records.bin"
KEY_HISTORY = "key-history.ndjson"
ERASURES = "erasures.ndjson"
TABLE = "records.csv"
REPORT = "report.html"
GUIDE = "VERIFY.md"
VERIFIER = "verify.py"

MIB = 1 << 20
_MOST = (1 << 32) - 1
LIMITS = {
    MANIFEST: 16 * MIB,
    MANIFEST_NOTE: MIB,
    POLICY: MIB,
    START_NOTE: MIB,
    START_TOKEN: MIB,
    END_NOTE: MIB,
    END_TOKEN: MIB,
    CONSISTENCY: MIB,
    BOUNDARY: MIB,
    ENTRIES: _MOST,
    RECORDS: _MOST,
    KEY_HISTORY: 64 * MIB,
    ERASURES: 64 * MIB,
    TABLE: _MOST,
    REPORT: 64 * MIB,
    GUIDE: MIB,
    VERIFIER: 4 * MIB,
}
"""Every member that there is, with the most bytes that it may have."""
OPTIONAL = frozenset({START_NOTE, START_TOKEN, END_TOKEN})
"""Members that a bundle may lack."""
UNLISTED = frozenset({MANIFEST, MANIFEST_NOTE})
"""Members that the manifest does not list: itself, and what signs it."""
