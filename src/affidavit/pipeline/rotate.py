"""Asking for a rotation of the log's signing keys: new keys are kept, and the statement for them is announced.

From then on it is the sealer's (handover.py). A crash after the keys are kept and before the announcement leaves keys
that the next start removes.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from affidavit.core.errors import ConflictError, OperationalError
from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import Actor, ManagedEntity, User
from affidavit.keys.custody import Custody, sealed_rotations, verifier_keys
from affidavit.keys.signing import LogKeys
from affidavit.ledger.heads import Heads
from affidavit.ledger.outbox import announce
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.state.database import Database
    from affidavit.storage.interfaces import ObjectStore

_UPDATE = 3
_SUCCESS = 1
_MEDIUM = 3
_PATIENCE_S = 60.0
_PAUSE_S = 0.05


class KeyRotation:
    """The signing keys of one tenant's log, as others than the sealer see them: they can be listed and rotated."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        database: Database,
        store: ObjectStore,
        clock: Clock,
        passphrase: Callable[[], str | None],
    ) -> None:
        self._tenant = tenant
        self._database = database
        self._store = store
        self._clock = clock
        self._passphrase = passphrase
        self._lock = threading.Lock()

    @property
    def verifier_keys(self) -> tuple[str, ...]:
        """Of the keys that sign now."""
        return verifier_keys(self._store)

    def statements(self) -> list[tuple[int, bytes]]:
        """Every statement that was sealed: its index in the log and its bytes, ascending."""
        return sealed_rotations(self._store)

    def announce(self, *, name: str, uid: str) -> LogKeys:
        """New keys, which take over once the statement for them is sealed; `name` and `uid` are of who asks.

        ConflictError (`rotating`) where another rotation is under way.
        """
        with self._lock:
            custody = Custody(self._store, passphrase=self._passphrase())
            if custody.waiting() is not None:
                raise ConflictError(
                    "a rotation of the signing keys is under way",
                    code="rotating",
                    hint="It ends with the sealer's next step. Where it does not, start the server anew.",
                )
            now_us = self._clock.now_us()
            keys = LogKeys.generate(custody.current.origin)
            with self._database.transaction() as connection:
                head = Heads(self._database).within(connection, self._tenant)
                size = 0 if head is None else head.size
                statement = custody.current.rotate_to(keys, size=size, time_us=now_us).encode()
                event = EntityManagement(
                    activity_id=_UPDATE,
                    metadata=own_metadata("key.rotated"),
                    severity_id=_MEDIUM,
                    status_id=_SUCCESS,
                    time=now_us // 1000,
                    actor=Actor(user=User(name=name, uid=uid)),
                    entity=ManagedEntity(name=custody.current.origin, type="Signing keys of the log"),
                    message="The log goes over to new signing keys. The original is the statement of both sets.",
                )
                custody.prepare(keys)
                announce(
                    connection, self._tenant, [own_record("key", event, now_us=now_us, statement=statement)]
                )
        return keys

    def wait(self, keys: LogKeys) -> None:
        """Until the keys sign; OperationalError (`rotation-waits`) where that takes too long or will not happen."""
        until = time.monotonic() + _PATIENCE_S
        while self.verifier_keys != keys.verifier_keys:
            if time.monotonic() > until:
                raise OperationalError(
                    "the rotation is announced and not sealed yet",
                    code="rotation-waits",
                    hint="It is carried out with the sealer's next step; `affidavit keys list` shows when.",
                )
            time.sleep(_PAUSE_S)
