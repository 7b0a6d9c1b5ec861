"""What witnesses cost: sustained ingest with a local witness beside the same without, in turns."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.client import BenchError
from bench.measure import Figure
from bench.product import environment, free_port
from bench.resources import Sampler, cpu
from bench.session import progress

if TYPE_CHECKING:
    from bench.product import Product
    from bench.session import Session

_COMMAND = Path(sys.executable).parent / "affidavit"
_READY_S = 60.0
_TURNS = ("plain", "witnessed", "witnessed", "plain") * 4
"""So that a machine that grows slower or faster meanwhile favours neither; single turns differ by some percent."""
_NO_COMPACTION = "[keeper]\ninterval_s = 3600\n"
"""Which takes what is left of the cores, in one turn and not in the next: more than what is measured."""


class Witness:
    """A witness on this machine, for one product; on the same disk and the same cores as the server."""

    def __init__(self, home: Path, product: Product) -> None:
        self._data = home / "witness"
        self._address = f"127.0.0.1:{free_port()}"
        keys = json.loads(self._run("init", "--name", "witness.bench", "--json"))["verifier_keys"]
        log_keys = (product.data / "tenants" / "default" / "keys" / "log.vkey").read_text().split()
        self._run("add-log", *log_keys)
        policy = home / "policy"
        names = [f"k{at}" for at in range(len(keys))]
        lines = [
            f"witness {name} {key} http://{self._address}/" for name, key in zip(names, keys, strict=True)
        ]
        lines += [f"group both all {' '.join(names)}", "quorum both", ""]
        policy.write_text("\n".join(lines))
        with (product.data / "affidavit.toml").open("a") as settings:
            settings.write(f"[witness]\npolicy = {json.dumps(str(policy))}\n")
        words = [str(_COMMAND), "witness", "serve", "--data", str(self._data), "--listen", self._address]
        with (home / "witness.log").open("ab") as log:
            self._process = subprocess.Popen(words, env=environment(), stdout=log, stderr=log)  # noqa: S603 -- our own command
        self._await()

    def cpu_s(self) -> float:
        """CPU seconds that it has used."""
        return cpu(self._process.pid) or 0.0

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def _run(self, verb: str, *words: str) -> str:
        command = [str(_COMMAND), "witness", verb, *words, "--data", str(self._data)]
        return subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own command

    def _await(self) -> None:
        until_s = time.monotonic() + _READY_S
        while time.monotonic() < until_s:
            connection = http.client.HTTPConnection(self._address, timeout=5)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == http.client.OK:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise BenchError("the witness did not become ready")


def witnessing(session: Session) -> Figure:
    """Ingest at full speed in eight turns, half of them with a witness; the rates of either half are averaged."""
    witnesses: list[Witness] = []

    def prepare(product: Product) -> None:
        (product.data / "affidavit.toml").write_text(_NO_COMPACTION)

    def prepare_witnessed(product: Product) -> None:
        prepare(product)
        witnesses.append(Witness(product.data.parent, product))

    turns: dict[str, list[dict[str, Any]]] = {"plain": [], "witnessed": []}
    try:
        for seed, name in enumerate(_TURNS, 60):
            product = session.product(name, prepare=prepare_witnessed if name == "witnessed" else prepare)
            product.load(events=20_000, connections=session.options.connections, seed=seed, until_sealed=True)
            progress(f"ingest at full speed for {session.options.seconds:g} s, {name}")
            sampler = Sampler(product.pid).start()
            before_s = witnesses[0].cpu_s() if witnesses else 0.0
            try:
                load = product.load(
                    seconds=session.options.seconds,
                    connections=session.options.connections,
                    seed=seed + 10,
                    until_sealed=True,
                )
            finally:
                used = sampler.stop()
            witness_s = witnesses[0].cpu_s() - before_s if witnesses else 0.0
            turns[name].append({"load": load, "server": used, "witness_cpu_s": round(witness_s, 2)})
    finally:
        session.product("plain").stop()
        for witness in witnesses:
            witness.stop()
    rates = {
        name: sum(turn["load"]["sealed_and_searchable_per_s"] for turn in held) / len(held)
        for name, held in turns.items()
    }
    return Figure(
        name="witnessing",
        what="cost of witnessing on sustained ingest",
        unit="%",
        reach=5,
        better="less",
        value=round(100 * (1 - rates["witnessed"] / rates["plain"]), 2),
        detail={
            "events_per_s": {name: round(rate) for name, rate in rates.items()},
            "cpu_us_an_event": {name: _cpu_us(held) for name, held in turns.items()},
            "turns": turns,
        },
    )


def _cpu_us(turns: list[dict[str, Any]]) -> float:
    """CPU of server and witness an event: what other work on the machine distorts least."""
    used_s: float = sum(turn["server"]["cpu_s"] + turn["witness_cpu_s"] for turn in turns)
    events: int = sum(turn["load"]["events"] for turn in turns)
    return round(1e6 * used_s / events, 1)
