"""VERIFY.md: how somebody who has never heard of Affidavit checks a bundle, in the bundle itself."""

from __future__ import annotations

from affidavit.formats.bundle.members import VERIFIER

_TEXT = """\
# How to verify this bundle

This archive holds records of the access log `{origin}` with everything that is needed to check them offline. It was
made by {tool}. You do not have to trust whoever gave it to you, nor the server that it comes from, but for what stands
under "What it cannot show" below.

## You need

1. **The log's verifier keys**, by another way than this bundle: from the operator's contract, a publication, a
   colleague who noted them down earlier. A key looks like `{origin}+1a2b3c4d+A…`. With the keys that lie in here
   (policy.txt) the bundle only proves that it agrees with itself.
2. **A verifier that does not come from this bundle.** Take `affidavit-verify.py` from the Affidavit project, or
   install Affidavit. The copy in here, `{verifier}`, is for your convenience: whoever changed the bundle could have
   changed it, too. To compare: `sha256sum {verifier}` against the one that the project publishes for {tool}.

The verifier is one Python file. It needs Python 3.11 or later and the package `cryptography` 48 or later, no network
and no server.

## Run

    python affidavit-verify.py bundle.zip --key 'KEY' --key 'KEY'

or `affidavit evidence verify bundle.zip --key 'KEY' --key 'KEY'`. The log has two keys, Ed25519 and ML-DSA-44; give
both.

- `--policy FILE` names logs, witnesses and a quorum in the form of c2sp.org/tlog-policy; the quorum must be met then.
- `--roots FILE` has the root certificates (PEM) of the time-stamping authority, where the bundle holds timestamps.
- `--json` prints the result for programs.

Exit code 0: verified; what was proven, and what not, is printed. Exit code 3: something is not as it was sealed,
signed or stated; every reason that was found is printed.

## What is in here

| member | holds |
|---|---|
| `manifest.json` | what was asked, by whom, when, with which tool; counts, times, sources; SHA-256 of every member |
| `manifest.note` | the log's signatures over the manifest |
| `policy.txt` | the log's keys, its witnesses |
| `start.note`, `end.note` | signed states of the log before and after the range; `.tsr`: timestamps over them |
| `consistency.txt` | proof that the log only grew from the one to the other |
| `entries.ndjson` | every entry of the range, also of records that do not match: what is left out would show |
| `boundary.txt` | hashes of everything around the range; with the entries they give the root that was signed |
| `records.bin` | the matching records: disclosed parts with their salts, digests of the withheld ones |
| `records.csv`, `report.html` | the same for reading |
| `key-history.ndjson` | changes of the log's keys |
| `erasures.ndjson` | records of erasure and disposal |

The format is specified in docs/spec/bundle.md of the Affidavit project, precisely enough for a verifier of your own.

## What it cannot show

- That a sender told the truth, or told everything. It shows what was received.
- That a time of receipt is right: it is the server's clock. A timestamp of an authority bounds it from above.
- Without cosignatures of witnesses that you trust: that the operator did not show another log to somebody else.
- Where a query was given: that the records which are not disclosed do not match it.
- `report.html` is signed like the rest, but the verifier does not compute it again. `records.csv` it does.
"""


def guide(origin: str, tool: str) -> bytes:
    """The page, for a bundle of this log made by this tool."""
    return _TEXT.format(origin=origin, tool=tool, verifier=VERIFIER).encode()
