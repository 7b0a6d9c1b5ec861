"""A system call of a real server fails, before or after its effect: after a restart nothing is lost or doubled."""

from __future__ import annotations

import errno
import mmap
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.running.loaded import Loaded

FAULTS = int(os.environ.get("AFFIDAVIT_FAULTS", "3"))
CALLS = {"fsync": 1, "rename": 2, "write": 3, "open": 4}
ERRORS = (errno.EIO, errno.ENOSPC)
BUSY = {
    "AFFIDAVIT_KEEPER_INTERVAL_S": "0.3",
    "AFFIDAVIT_KEEPER_COMPACT_FILES": "4",
    "AFFIDAVIT_SEAL_INTERVAL_S": "0.1",
}
_ORDER = struct.Struct("=iiiii")
_FIRED = 16
_PATIENCE_S = 20.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200 + 60 * FAULTS)]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that is preloaded into the server, compiled here."""
    made = tmp_path_factory.mktemp("faults") / "faults.so"
    compiler = ["cc"] if shutil.which("cc") else [sys.executable, "-m", "ziglang", "cc"]
    source = Path(__file__).with_name("faults.c")
    flags = ["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-ldl"]
    subprocess.run([*compiler, str(source), "-o", str(made), *flags], check=True, capture_output=True)
    return made


class Order:
    """What is to fail next in any process that shares the file."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(_ORDER.size))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _ORDER.size)

    def give(self, call: str, *, error: int, persisted: bool, countdown: int) -> None:
        """The `countdown`-th call of that kind from now fails."""
        self._shared[:] = _ORDER.pack(CALLS[call], error, persisted, countdown, 0)

    def withdraw(self) -> bool:
        """Nothing fails any more; whether something did."""
        fired = self.fired
        self._shared[:] = bytes(_ORDER.size)
        return fired

    @property
    def fired(self) -> bool:
        """Whether the call has failed."""
        return self._shared[_FIRED] != 0


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """Nothing fails yet."""
    return Order(tmp_path / "order")


@pytest.mark.parametrize("persisted", [False, True], ids=["not-persisted", "persisted"])
@pytest.mark.parametrize("call", CALLS)
def test_what_was_acknowledged_survives_a_failing_call(
    tmp_path: Path, library: Path, order: Order, call: str, *, persisted: bool
) -> None:
    """Whichever call fails, at work or while starting: the next start has all that was acknowledged, once."""
    seed = int(os.environ.get("AFFIDAVIT_FAULT_SEED", random.randrange(1 << 32)))
    print(f"AFFIDAVIT_FAULT_SEED={seed}")  # noqa: T201 - shown where the test fails
    moments = random.Random(f"{seed} {call} {persisted}")
    data = tmp_path / "data"
    preloaded = {"LD_PRELOAD": str(library), "FAULT_ORDER": str(tmp_path / "order"), "FAULT_ROOT": str(data)}
    loaded = Loaded(data, settings={**BUSY, **preloaded}, seed=seed)
    fired = 0
    try:
        loaded.start()
        for number in range(FAULTS):
            loaded.until_acknowledged(5)
            starting = number % 3 == 2
            if starting:
                loaded.server.kill_all()
            countdown = moments.randint(1, 12 if starting else 80)
            order.give(call, error=moments.choice(ERRORS), persisted=persisted, countdown=countdown)
            if starting:
                loaded.server.start()
            _await_fired(order, loaded)
            time.sleep(moments.uniform(0, 1))
            fired += order.withdraw()
            loaded.server.kill_all()
            loaded.server.start()
            loaded.server.wait_ready()
        loaded.until_acknowledged(5)
        assert fired
        assert loaded.account() > 0
    finally:
        order.withdraw()
        loaded.close()


def _await_fired(order: Order, loaded: Loaded) -> None:
    """Until the call has failed; a server that ended over it, or is at rest before it, will not fail any more."""
    until = time.monotonic() + _PATIENCE_S
    while not order.fired and time.monotonic() < until and loaded.server.pid_alive():
        time.sleep(0.02)
