"""The command of the standalone verifier; options and exit codes are those of `affidavit evidence verify`."""

from __future__ import annotations

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError
from affidavit.evidence.bundle.trust import parse_trust
from affidavit.evidence.bundle.verify import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = 2
_NOT_VERIFIED = 3


def main(arguments: Sequence[str], *, tool: str) -> int:
    """Verify the bundle that `arguments` name; 0 verified, 3 not verified, 2 cannot be asked so."""
    parser = argparse.ArgumentParser(
        description="Verify an evidence bundle of Affidavit, offline.",
        epilog="Exit codes: 0 verified, 2 usage, 3 not verified.",
    )
    parser.add_argument("bundle", type=Path, help="the bundle, a ZIP file")
    parser.add_argument("--key", action="append", default=[], help="a verifier key of the log; repeat it")
    parser.add_argument(
        "--policy", type=Path, help="logs, witnesses and quorum that you believe: a C2SP tlog-policy"
    )
    parser.add_argument("--roots", type=Path, help="root certificates (PEM) of the time-stamping authority")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--version", action="version", version=tool)
    asked = parser.parse_args(arguments)
    try:
        trust = parse_trust(
            keys=asked.key,
            policy=None if asked.policy is None else asked.policy.read_bytes(),
            roots=None if asked.roots is None else asked.roots.read_bytes(),
            tool=tool,
            verifier_sha256=sha256(Path(__file__).read_bytes()).hexdigest(),
        )
        with asked.bundle.open("rb") as file:
            verdict = verify_bundle(file, trust)
    except (OSError, AffidavitError) as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    text = json.dumps(verdict.as_dict()) if asked.json else _printable(verdict.text())
    encoding = sys.stdout.encoding
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    return 0 if verdict.verified else _NOT_VERIFIED


def _printable(text: str) -> str:
    """The text without anything that could steer a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
