"""A log in memory whose records are made by hand, with its keys, and bundles of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from affidavit.evidence.bundle.create import Kept, Made, Material, Question, make_bundle, proven_record
from affidavit.evidence.bundle.trust import Trust, parse_trust
from affidavit.evidence.bundle.verify import verify_bundle
from affidavit.formats.record.seal import NAMES, body_digest, entry, leaf_hash
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.cosignature import MlDsa44Signer
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.signing import sign_checkpoint, sign_statement
from affidavit.formats.tlog.tree import Frontier

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from affidavit.evidence.bundle.verdict import Verdict

ORIGIN = "log.harborline.example/test"
T0_US = 1_795_424_400_000_000
TOOL = "affidavit test"
VERIFIER = b"print('a verifier')\n"
SECOND_US = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """A stored record; one a second, all of one source."""

    index: int
    kind: str = "event"
    source: str = "okta-prod"
    class_uid: int = 3002
    mapper: str = "okta.system_log/1"
    detail: bytes = b'{"a":1}'
    raw: bytes = b"raw"
    target: bytes = b'{"service":{"name":"Payroll"}}'

    @property
    def record(self) -> bytes:
        """A UUID of version 7 that follows from the index."""
        return bytes.fromhex(f"019ac000{self.index:04x}70008000{self.index:012x}")

    @property
    def salt(self) -> bytes:
        """Likewise."""
        return self.index.to_bytes(16, "big")

    @property
    def seq(self) -> int:
        """The index."""
        return self.index

    @property
    def received_us(self) -> int:
        """So many seconds after T0_US."""
        return T0_US + self.index * SECOND_US

    @property
    def actor(self) -> bytes:
        """A user named after the index."""
        return b'{"actor":{"user":{"name":"user %d"}}}' % self.index

    @property
    def facts(self) -> bytes:
        """Some JSON of the class, a second before the time of receipt."""
        return b'{"class_uid":%d,"status_id":1,"time":%d}' % (
            self.class_uid, (self.received_us - SECOND_US) // 1000,
        )  # fmt: skip

    @property
    def leaf(self) -> bytes:
        """What the log's tree holds of it."""
        body = body_digest(
            self.salt,
            actor=self.actor,
            detail=self.detail,
            facts=self.facts,
            raw=self.raw,
            target=self.target,
        )
        return leaf_hash(
            entry(
                body=body, class_uid=self.class_uid, kind=self.kind, mapper=self.mapper, received_us=self.received_us,
                record=self.record, seq=self.seq, source=self.source,
            )
        )  # fmt: skip


def signing_keys(seed: bytes, origin: str = ORIGIN) -> list[SigningKey]:
    """The two keys that a log has at one time."""
    return [
        SigningKey(origin, KeyType.ED25519, seed * 32),
        SigningKey(origin, KeyType.ML_DSA_44, seed.upper() * 32),
    ]


class BundledLog:
    """A log of `rows`, signed by the keys that follow from `seed`."""

    def __init__(self, rows: Iterable[Row], *, seed: bytes = b"l", origin: str = ORIGIN) -> None:
        self.rows = list(rows)
        self.origin = origin
        ed25519, ml_dsa = signing_keys(seed, origin)
        self.log_signer, self.log_cosigner = Ed25519Signer(ed25519), MlDsa44Signer(ml_dsa)
        self.keys = tuple(str(key.verifier_key()) for key in (ed25519, ml_dsa))
        self.leaves = b"".join(row.leaf for row in self.rows)
        self.size = len(self.rows)
        self.read_tile = dict(Frontier.empty().append(self.leaves)[1]).__getitem__

    def root(self, size: int) -> bytes:
        """The root of the tree of that size."""
        return Frontier.empty().append(self.leaves[: 32 * size])[0].root()

    def note(self, size: int) -> bytes:
        """The signed checkpoint of that size."""
        return sign_checkpoint(
            Checkpoint(self.origin, size, self.root(size)),
            ed25519=self.log_signer,
            ml_dsa=self.log_cosigner,
            time_s=T0_US // SECOND_US + size,
        )

    def sign(self, statement: Checkpoint) -> bytes:
        """A statement of the log's."""
        return sign_statement(
            statement, ed25519=self.log_signer, ml_dsa=self.log_cosigner, time_s=T0_US // SECOND_US
        )

    def policy(self, *more: str) -> bytes:
        """The log's keys, and lines about witnesses."""
        return "".join(
            f"{line}\n" for line in (*(f"log {key}" for key in self.keys), *(more or ("quorum none",)))
        ).encode()

    def proven(self, at: int, *disclosed: str) -> Any:
        """The record of that index from elsewhere."""
        return proven_record(self.rows[at], disclosed=disclosed, size=self.size, read_tile=self.read_tile)

    def material(self, first: int, behind: int, **changes: Any) -> Material:
        """What a bundle of that range is made of, the whole log being the end checkpoint."""
        material = Material(
            origin=self.origin,
            policy=self.policy(),
            start=None,
            end=Kept(note=self.note(self.size)),
            first=first,
            end_index=behind,
            rows=self.rows[first:behind],
            matching=range(self.size),
            read_tile=self.read_tile,
            sign=self.sign,
        )
        return replace(material, **changes)

    def make(
        self,
        first: int,
        behind: int,
        *,
        query: str = "",
        disclosed: tuple[str, ...] = NAMES,
        since: int | None = None,
        until: int | None = None,
        matching: Container[int] | None = None,
        progress: Callable[[int], None] = lambda _: None,
        **changes: Any,
    ) -> Made:
        """The bundle of the range up to `behind` and a period, given as indexes too: records are a second apart."""
        question = Question(
            query=query,
            since=None if since is None else "yesterday",
            until=None if until is None else "today",
            since_us=None if since is None else T0_US + since * SECOND_US,
            until_us=None if until is None else T0_US + until * SECOND_US,
            disclosed=disclosed,
            asked_by="auditor",
            asked_token="0123456789abcdef",
        )
        if matching is not None:
            changes["matching"] = matching
        return make_bundle(
            question,
            self.material(first, behind, **changes),
            now_us=T0_US + 7 * SECOND_US,
            tool=TOOL,
            verifier=VERIFIER,
            progress=progress,
        )


def verdict_of(
    bundle: bytes,
    keys: tuple[str, ...] = (),
    *,
    policy: bytes | None = None,
    roots: bytes | None = None,
    trust: Trust | None = None,
) -> Verdict:
    """What verification says."""
    held = trust or parse_trust(keys=keys, policy=policy, roots=roots, tool=TOOL)
    return verify_bundle(io.BytesIO(bundle), held)
