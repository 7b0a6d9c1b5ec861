"""What the figures were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

_PACKAGES = (
    "affidavit",
    "cryptography",
    "duckdb",
    "granian",
    "litestar",
    "msgspec",
    "pyarrow",
    "pyiceberg",
    "zstandard",
)


def facts(directory: Path) -> dict[str, Any]:
    """Processor, memory, file system, versions and the commit; None for what this machine does not tell."""
    versions: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    return {
        "cpu": _field(Path("/proc/cpuinfo"), "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": int((_field(Path("/proc/meminfo"), "MemTotal") or "0").split()[0]) * 1024,
        "file_system": _file_system(directory),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": versions,
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _field(path: Path, name: str) -> str | None:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _file_system(directory: Path) -> str | None:
    """The type of the deepest mount that holds `directory`."""
    here, best = directory.resolve(), (-1, "")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, kind, *_ = line.split()
        if here.is_relative_to(mount):
            best = max(best, (len(mount), kind))
    return best[1] or None


def _git(*arguments: str) -> str | None:
    words = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed words
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
