"""What a tree of processes holds and burns, read from Linux's /proc.

Resident memory is given twice: as the sum of RSS, which counts a page once for every process that maps it,
and as the sum of PSS, which shares such a page out; PSS is what the machine really gives up.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(kw_only=True, slots=True)
class _Process:
    name: str
    cpu_s: float = 0.0
    first_cpu_s: float = 0.0
    pss_bytes: int = 0
    """At most, over all samples."""


def tree(pid: int) -> list[int]:
    """`pid` and everything it started that still runs."""
    found, pending = [], [pid]
    while pending:
        current = pending.pop()
        found.append(current)
        try:
            for task in (_PROC / str(current) / "task").iterdir():
                pending += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def memory(pid: int) -> tuple[int, int]:
    """(RSS, PSS) of one process in bytes; zeros where it is gone."""
    sizes = {"Rss": 0, "Pss": 0}
    try:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in sizes:
                sizes[name] = int(rest.split()[0]) * 1024
    except (OSError, ValueError):
        return 0, 0
    return sizes["Rss"], sizes["Pss"]


def cpu(pid: int) -> float | None:
    """CPU seconds, user and system, that one process has used itself; None where it is gone."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _name(pid: int) -> str:
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        comm = (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return "?"
    return " ".join([comm, *(Path(word).name for word in words[1:4] if word)])[:60]


class Sampler:
    """Watches one process tree from `start` to `stop`."""

    def __init__(self, pid: int, *, every_s: float = 1.0) -> None:
        self._pid = pid
        self._every_s = every_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._processes: dict[int, _Process] = {}
        self._rss_bytes: list[int] = []
        self._pss_bytes: list[int] = []
        self._begun_s = 0.0

    def start(self) -> Sampler:
        """Take the first sample and go on in the background."""
        self._begun_s = time.monotonic()
        self._sample()
        self._thread.start()
        return self

    def stop(self) -> dict[str, Any]:
        """The most that was held at one moment, and the CPU that was used in all."""
        self._done.set()
        self._thread.join()
        self._sample()
        elapsed_s = time.monotonic() - self._begun_s
        used = {pid: p.cpu_s - p.first_cpu_s for pid, p in self._processes.items()}
        return {
            "seconds": round(elapsed_s, 2),
            "rss_max_bytes": max(self._rss_bytes),
            "pss_max_bytes": max(self._pss_bytes),
            "pss_last_bytes": self._pss_bytes[-1],
            "cpu_s": round(sum(used.values()), 2),
            "cores": round(sum(used.values()) / elapsed_s, 2),
            "processes": [
                {"name": p.name, "cpu_s": round(used[pid], 2), "pss_max_bytes": p.pss_bytes}
                for pid, p in sorted(self._processes.items(), key=lambda item: -used[item[0]])
            ],
        }

    def _watch(self) -> None:
        while not self._done.wait(self._every_s):
            self._sample()

    def _sample(self) -> None:
        rss_bytes = pss_bytes = 0
        for pid in tree(self._pid):
            used_s = cpu(pid)
            if used_s is None:
                continue
            known = self._processes.get(pid)
            if known is None:
                # What a process used before the first sample is not the load's; one born later is.
                first_s = used_s if not self._rss_bytes else 0.0
                known = self._processes[pid] = _Process(name=_name(pid), first_cpu_s=first_s)
            rss, pss = memory(pid)
            known.cpu_s = used_s
            known.pss_bytes = max(known.pss_bytes, pss)
            rss_bytes += rss
            pss_bytes += pss
        self._rss_bytes.append(rss_bytes)
        self._pss_bytes.append(pss_bytes)
