"""The verifier that is published with this version, as one file: it goes into every bundle, and is compared with it."""

from __future__ import annotations

import pkgutil
from functools import cache

from affidavit.core.errors import OperationalError

_FOLDER = "affidavit.evidence.verifier"
_FILE = "affidavit-verify.py"


@cache
def published_verifier() -> bytes:
    """The file, as script/generate-verifier wrote it."""
    data = pkgutil.get_data(_FOLDER, _FILE)
    if data is None:
        raise OperationalError(f"{_FILE} is not part of this installation", code="verifier-missing")
    return data
