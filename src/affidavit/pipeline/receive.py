"""From a request's body to an acknowledged batch: decompress, frame, map, spool, fsync, answer.

Runs in a worker thread a request, pulling the body as it goes, so that memory stays bounded whatever the
body's length. The mapping happens here, before the acknowledgement: a receipt is final (ADR 3).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from affidavit.core.errors import BodyError, OverloadedError
from affidavit.core.ids import SourceName
from affidavit.intake.batch import CHUNK_BYTES, Batch, Noted
from affidavit.intake.decompress import decompressed
from affidavit.intake.documents import pieces
from affidavit.intake.frames import Receipt
from affidavit.ledger.receipts import receipt_of_key
from affidavit.native.division import Divider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.intake.framing import Piece, Rejected
    from affidavit.intake.spool import Spool, Staged
    from affidavit.sources.interface import SourceKind
    from affidavit.state.database import Database

_REMEMBERED = 100_000
"""Receipts in memory; the state database has the older ones."""
IMPORT_KEY = "import-"
"""What the keys of imported files begin with. They follow from the content, so they hold for ever: the same
file imported again adds nothing."""
_KEYS = 10_000
"""Idempotency keys in memory; the state database has those of sealed batches."""
_GROUP = 256
_GROUP_BYTES = 1 << 20
"""Pieces mapped between two looks at what is held, and their bytes."""
_KEPT = ("bad-compression", "decompression-bomb")
"""What is wrong with a compressed body that goes to quarantine; any other is refused, and the sender has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one request, and all of them together, may take; see [intake] in docs/configuration.md."""

    line_bytes: int
    document_bytes: int
    body_bytes: int
    compressed_bytes: int
    inflight_bytes: int
    spool_bytes: int
    free_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """The answer to a batch that is durable."""

    receipt: Receipt
    noted: list[Noted]
    """The first refused lines; none in a repeated answer."""
    received_us: int
    repeated: bool
    """The Idempotency-Key was known: nothing was added."""


class _Known(NamedTuple):
    """An Idempotency-Key that this process has seen."""

    since_us: int
    receipt: Future[Receipt]


class Volume(Protocol):
    """The disk below the spool."""

    def free_bytes(self) -> int:
        """What it can still take."""
        ...


class Receiver:
    """Takes batches for one tenant's spool. Thread-safe."""

    def __init__(  # noqa: PLR0913 - the live objects that it joins
        self,
        spool: Spool,
        *,
        tenant: Tenant,
        database: Database,
        limits: Limits,
        volume: Volume,
        clock: Clock,
        waiting: Iterable[tuple[str, Receipt]],
        idempotency_window_us: int,
    ) -> None:
        """`waiting` are (source, receipt) of the batches that were spooled but not sealed at the start."""
        self._spool = spool
        self._tenant = tenant
        self._database = database
        self._limits = limits
        self._volume = volume
        self._clock = clock
        self._window_us = idempotency_window_us
        self._lock = threading.Lock()
        self._mapping = threading.Lock()
        """One thread maps at a time: the interpreter runs one anyway, and taking turns would cost the cache."""
        self._divider = Divider()
        """Whose turn it is to map has it."""
        self._inflight_bytes = 0
        self._known: dict[tuple[str, str], _Known] = {}
        self._waiting: OrderedDict[str, tuple[str, Receipt]] = OrderedDict()
        for source, receipt in waiting:
            self._remember(source, receipt)
            if receipt.idempotency_key is not None:
                done = self._known[source, receipt.idempotency_key] = _Known(clock.now_us(), Future())
                done.receipt.set_result(receipt)

    def waiting(self, batch: str) -> tuple[str, Receipt] | None:
        """(source, receipt) of a batch that was acknowledged lately and may not be sealed yet."""
        return self._waiting.get(batch)

    def _remember(self, source: str, receipt: Receipt) -> None:
        """Until the batch is sealed, which takes about a second, its receipt is in memory only."""
        with self._lock:
            self._waiting[receipt.batch] = (source, receipt)
            while len(self._waiting) > _REMEMBERED:
                self._waiting.popitem(last=False)

    def receive(
        self,
        chunks: Iterable[bytes],
        *,
        source: str,
        kind: SourceKind,
        encoding: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledged:
        """One batch; returns when it is durable.

        OverloadedError or StorageFullError where it was refused whole, so that the sender keeps it.
        """
        received_us = self._clock.now_us()
        if idempotency_key is None:
            return self._receive(chunks, source, kind, encoding, None, received_us)
        known = (source, idempotency_key)
        self._forget_keys(received_us)
        while True:
            mine = _Known(received_us, Future())
            with self._lock:
                earlier = self._known.get(known)
                if earlier is None or earlier.since_us < received_us - self._window_us:
                    self._known.pop(known, None)
                    self._known[known] = earlier = mine
            if earlier is mine:
                return self._first(mine, known, chunks, kind, encoding, received_us)
            receipt = self._wait(earlier.receipt)
            if receipt is not None:
                return Acknowledged(receipt=receipt, noted=[], received_us=received_us, repeated=True)
            # The request that came first was refused; this one takes its place.

    def _first(  # noqa: PLR0913 - the request's parts
        self,
        mine: _Known,
        known: tuple[str, str],
        chunks: Iterable[bytes],
        kind: SourceKind,
        encoding: str | None,
        received_us: int,
    ) -> Acknowledged:
        """The first request with a key that this process has not seen."""
        source, key = known
        try:
            window_us = received_us if key.startswith(IMPORT_KEY) else self._window_us
            sealed = self._sealed(source, key, since_us=received_us - window_us)
            if sealed is not None:
                answer = Acknowledged(receipt=sealed, noted=[], received_us=received_us, repeated=True)
            else:
                answer = self._receive(chunks, source, kind, encoding, key, received_us)
        except BaseException as error:
            with self._lock:
                self._known.pop(known, None)
            mine.receipt.set_exception(
                error if isinstance(error, Exception) else OverloadedError("interrupted")
            )
            raise
        mine.receipt.set_result(answer.receipt)
        return answer

    def _sealed(self, source: str, key: str, *, since_us: int) -> Receipt | None:
        with self._database.read() as connection:
            found = receipt_of_key(
                connection, self._tenant, source=SourceName(source), idempotency_key=key, since_us=since_us
            )
        if found is None:
            return None
        return Receipt(
            batch=found.batch,
            accepted=found.accepted,
            quarantined=found.quarantined,
            first_seq=found.first_seq,
            last_seq=found.last_seq,
            idempotency_key=key,
        )

    def _wait(self, earlier: Future[Receipt]) -> Receipt | None:
        with suppress(Exception):
            return earlier.result()
        return None

    def _forget_keys(self, now_us: int) -> None:
        """Look at the two oldest keys: one is held in memory until it is too old, or found among the sealed.

        Two a request, so that there are never many more than are needed, at a cost that does not grow.
        """
        with self._lock:
            oldest = list(islice(self._known.items(), 2))
            many = len(self._known) > _KEYS
        for known, held in oldest:
            since_us = now_us - self._window_us
            if held.since_us >= since_us and not (
                many and held.receipt.done() and self._sealed(*known, since_us=since_us)
            ):
                break
            with self._lock:
                if self._known.get(known) is held:
                    del self._known[known]

    def _receive(  # noqa: PLR0913 - the request's parts
        self,
        chunks: Iterable[bytes],
        source: str,
        kind: SourceKind,
        encoding: str | None,
        idempotency_key: str | None,
        received_us: int,
    ) -> Acknowledged:
        self._refuse_when_full()
        batch = Batch(
            kind, tenant=self._tenant, source=source, received_us=received_us, divider=self._divider
        )
        with self._accounted() as account, self._staging(batch) as staging:
            self._read(iter(chunks), batch, staging, kind, encoding, account)
            closing = batch.chunk(closing=True, idempotency_key=idempotency_key)
            receipt = self._spool.commit(closing, staging.staged).result()
        self._remember(source, receipt)
        return Acknowledged(receipt=receipt, noted=batch.noted, received_us=received_us, repeated=False)

    def _read(  # noqa: PLR0913 - the request's parts
        self,
        chunks: Iterator[bytes],
        batch: Batch,
        staging: _Staging,
        kind: SourceKind,
        encoding: str | None,
        account: _Account,
    ) -> None:
        """The body into the batch; what does not fit into memory is staged."""
        limits = self._limits
        compressed: list[bytes] | None = None if encoding in (None, "", "identity") else []
        try:
            body = decompressed(
                self._counted(chunks, account, compressed), encoding, limit_bytes=limits.body_bytes
            )
            found = pieces(
                body,
                framing=kind.framing,
                envelope=kind.envelope,
                line_bytes=limits.line_bytes,
                document_bytes=limits.document_bytes,
            )
            for group in _groups(found):
                with self._mapping:
                    batch.add(group)
                if batch.held_bytes > CHUNK_BYTES:
                    staging.add()
                    account.release()
        except BodyError as error:
            if compressed is None or error.code not in _KEPT:
                raise
            for _ in self._counted(chunks, account, compressed):
                pass  # the whole body is kept
            batch.refuse_body(error.code, str(error), compressed)

    @contextmanager
    def _staging(self, batch: Batch) -> Iterator[_Staging]:
        staging = _Staging(self._spool, batch)
        try:
            yield staging
        except BaseException:
            if staging.staged is not None:
                staging.staged.abandon()
            raise

    def _refuse_when_full(self) -> None:
        """Before memory or disk run out: whoever sends keeps the batch and comes back."""
        backlog = self._spool.backlog_bytes()
        if backlog > self._limits.spool_bytes:
            raise OverloadedError(
                f"{backlog >> 20} MiB wait to be sealed", retry_after_s=5, code="spool-backlog"
            )
        if self._volume.free_bytes() < self._limits.free_bytes:
            raise OverloadedError(
                f"less than {self._limits.free_bytes >> 20} MiB are free on the data volume",
                retry_after_s=30,
                code="volume-full",
            )

    @contextmanager
    def _accounted(self) -> Iterator[_Account]:
        account = _Account(self)
        try:
            yield account
        finally:
            account.release()

    def _counted(
        self, chunks: Iterable[bytes], account: _Account, compressed: list[bytes] | None
    ) -> Iterator[bytes]:
        """The body as it comes, its bytes counted against the limits."""
        total = sum(map(len, compressed or ()))
        for chunk in chunks:
            total += len(chunk)
            account(3 * len(chunk))
            if compressed is not None:
                if total > self._limits.compressed_bytes:
                    raise BodyError(
                        f"the compressed body is longer than {self._limits.compressed_bytes >> 20} MiB",
                        code="body-too-large",
                    )
                compressed.append(chunk)
            yield chunk


class _Staging:
    """Where a batch goes that does not fit into memory."""

    def __init__(self, spool: Spool, batch: Batch) -> None:
        self._spool = spool
        self._batch = batch
        self.staged: Staged | None = None

    def add(self) -> None:
        """Write what the batch holds, and forget it."""
        self.staged = self.staged or self._spool.stage(self._batch.id)
        self.staged.add(self._batch.chunk(closing=False))


class _Account:
    """What one request holds of the memory that all share."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._held = 0

    def __call__(self, more: int) -> None:
        receiver = self._receiver
        with receiver._lock:  # noqa: SLF001 - two classes, one idea
            if self._held == 0 and receiver._inflight_bytes > receiver._limits.inflight_bytes:  # noqa: SLF001
                raise OverloadedError("too much is being received at once", retry_after_s=1, code="inflight")
            receiver._inflight_bytes += more  # noqa: SLF001
            self._held += more

    def release(self) -> None:
        with self._receiver._lock:  # noqa: SLF001
            self._receiver._inflight_bytes -= self._held  # noqa: SLF001
        self._held = 0


def _groups(items: Iterable[Piece | Rejected]) -> Iterator[list[Piece | Rejected]]:
    """The pieces, some at a time; also those before a body that breaks off."""
    group: list[Piece | Rejected] = []
    held_bytes = 0
    broken: BodyError | None = None
    pieces_left = iter(items)
    while True:
        try:
            for item in pieces_left:
                group.append(item)
                held_bytes += len(item.data)
                if len(group) >= _GROUP or held_bytes >= _GROUP_BYTES:
                    break
        except BodyError as error:
            broken = error
        if not group:
            break
        yield group
        group, held_bytes = [], 0
    if broken is not None:
        raise broken
