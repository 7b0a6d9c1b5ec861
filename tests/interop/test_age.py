"""Debian's age opens every file of the lake, and what comes out is the Parquet that search reads."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from tests.running.served_log import FIRST, SECOND, Served, affidavit, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed"),
]


def test_age_opens_the_whole_lake(served: Served, tmp_path: Path) -> None:
    """Each file is a whole age file for the data directory's identity; a changed one is refused."""
    tenant = served.data / "tenants" / "default"
    identity = tenant / "keys" / "data.agekey"
    files = sorted(file for file in (tenant / "lake").rglob("*") if file.is_file())
    rows: dict[int, str] = {}
    for number, file in enumerate(files):
        plain = tmp_path / f"{number}{file.suffix}"
        done = run("age", "--decrypt", "-i", identity, "-o", plain, file)
        assert done.returncode == 0, (file, done.stderr)
        if file.suffix == ".parquet":
            table = pq.read_table(plain, columns=["index", "parts"]).to_pydict()
            rows.update(zip(table["index"], table["parts"], strict=True))
    assert {file.suffix for file in files} == {".parquet", ".avro", ".json"}
    found = [json.loads(line) for line in affidavit(served.data, "search", "--json").splitlines()]
    raws = {record["index"]: record["raw"] for record in found}
    assert len(raws) == FIRST + SECOND
    assert {index: parts.split("\n", 4)[4] for index, parts in rows.items()} == raws
    changed = bytearray(files[0].read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed").write_bytes(changed)
    assert (
        run("age", "--decrypt", "-i", identity, "-o", tmp_path / "out", tmp_path / "changed").returncode != 0
    )
