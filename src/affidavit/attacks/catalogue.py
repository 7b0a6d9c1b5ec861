"""Every attack, in the order of what it takes."""

from __future__ import annotations

from affidavit.attacks.on_disk import ON_DISK
from affidavit.attacks.on_records import ON_RECORDS
from affidavit.attacks.on_the_log import ON_THE_LOG

CATALOGUE = (*ON_DISK, *ON_RECORDS, *ON_THE_LOG)
"""Names are stable and occur once."""
