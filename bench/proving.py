"""How long a proof takes: inclusion in a log of a hundred million leaves, over HTTP."""

from __future__ import annotations

import os
import time
from random import Random
from typing import TYPE_CHECKING

from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.tlog.proof import parse_proof, verify_proof
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile
from bench.measure import Figure, percentile, spread

if TYPE_CHECKING:
    from pathlib import Path

    from bench.product import Product
    from bench.session import Session

_HASH_BYTES = 32
_WARM = 50


def proof(session: Session) -> Figure:
    """`GET /v1/records/{index}/proof` of random indices on one connection; every answer is verified afterwards.

    The tree is true and its records are not there (bench/grown.py). The tile that holds the leaf is evicted
    from the page cache before it is asked for; the few tiles above stay, as they would in any running log.
    """
    product = session.proofs
    session.product("proofs")
    size = product.size()
    random = Random(11)  # noqa: S311 -- the same each run
    wanted = [random.randrange(size) for _ in range(10 * session.options.queries)]
    client = product.client()
    for _ in range(_WARM):
        client.text(f"/v1/records/{random.randrange(size)}/proof")
    _evict(product, wanted)
    took_ms, answers = [], []
    for index in wanted:
        begun_s = time.perf_counter()
        answers.append(client.text(f"/v1/records/{index}/proof"))
        took_ms.append((time.perf_counter() - begun_s) * 1e3)
    again_ms = []
    for index in wanted:
        begun_s = time.perf_counter()
        client.text(f"/v1/records/{index}/proof")
        again_ms.append((time.perf_counter() - begun_s) * 1e3)
    keys = client.get("/v1/checkpoint")["verifier_keys"]
    client.close()
    _verify(product, wanted, answers, keys)
    return Figure(
        name="proof",
        what=f"inclusion proof over HTTP, {size:,} leaves, p95",
        unit="ms",
        reach=10,
        better="less",
        value=round(percentile(took_ms, 0.95), 2),
        detail={"ms": spread(took_ms), "ms_with_the_tile_cached": spread(again_ms), "leaves": size},
    )


def _tile(product: Product, index: int) -> Path:
    return product.data / "tenants" / DEFAULT_TENANT / "log" / Tile(0, index // TILE_WIDTH).path


def _evict(product: Product, indices: list[int]) -> None:
    for index in indices:
        descriptor = os.open(_tile(product, index), os.O_RDONLY)
        try:
            os.fdatasync(descriptor)  # what is not written yet would stay
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _verify(product: Product, indices: list[int], answers: list[str], keys: list[str]) -> None:
    verifiers = [verifier_of(key) for key in keys]
    for index, answer in zip(indices, answers, strict=True):
        at = index % TILE_WIDTH * _HASH_BYTES
        leaf = _tile(product, index).read_bytes()[at : at + _HASH_BYTES]
        verify_proof(parse_proof(answer.encode()), leaf_hash=leaf, verifiers=verifiers)
