"""From keys that are trusted along the rotations of a log to those of any size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import VerificationError
from affidavit.evidence.key_history import KeyHistory
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.rotation import Rotation, sign_rotation

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = "log.harborline.example/test"


def _keys(seed: int) -> list[SigningKey]:
    return [
        SigningKey(ORIGIN, KeyType.ED25519, bytes([seed]) * 32),
        SigningKey(ORIGIN, KeyType.ML_DSA_44, bytes([seed + 1]) * 32),
    ]


FIRST, SECOND, THIRD, THIEF = _keys(1), _keys(3), _keys(5), _keys(7)
ONE = sign_rotation(old=FIRST, new=SECOND, size=10, time_us=1000)
TWO = sign_rotation(old=SECOND, new=THIRD, size=20, time_us=2000)
STATEMENTS = [(10, ONE.encode()), (25, TWO.encode())]


def _public(keys: list[SigningKey]) -> list[object]:
    return [key.verifier_key() for key in keys]


def _follow(trusted: list[SigningKey], statements: Sequence[tuple[int, bytes]]) -> KeyHistory:
    return KeyHistory.follow([key.verifier_key() for key in trusted], statements)


@pytest.mark.parametrize("trusted", [FIRST, SECOND, THIRD, FIRST[:1], THIRD[1:]])
def test_any_set_of_a_logs_keys_leads_to_all(trusted: list[SigningKey]) -> None:
    """Forward from an old one and back from a new one; a checkpoint needs those of its size, a handover both sets."""
    history = _follow(trusted, STATEMENTS[::-1])
    assert [list(keys) for keys in history.sets()] == [_public(keys) for keys in (FIRST, SECOND, THIRD)]
    for size, keys in (
        (0, FIRST), (10, FIRST), (11, FIRST + SECOND), (12, SECOND), (25, SECOND), (26, SECOND + THIRD), (27, THIRD),
    ):  # fmt: skip
        assert list(history.at(size)) == _public(keys), size


def test_without_rotations_the_trusted_keys_are_all() -> None:
    """A log that never changed its keys is held against those that were given, be it one."""
    assert list(_follow(FIRST[:1], []).at(99)) == _public(FIRST[:1])


@pytest.mark.parametrize(
    ("trusted", "statements", "code"),
    [
        (THIEF, STATEMENTS, "keys-unrelated"),
        ([], STATEMENTS, "keys-unrelated"),
        ([FIRST[0], SECOND[1]], STATEMENTS, "keys-unrelated"),
        (FIRST, STATEMENTS[1:], "keys-unrelated"),
        (THIRD, [STATEMENTS[0], (25, sign_rotation(old=THIEF, new=THIRD, size=20, time_us=2000).encode())],
         "rotation-chain"),
        (FIRST, [(25, ONE.encode()), (10, TWO.encode())], "rotation-chain"),
        (FIRST, [(9, ONE.encode())], "rotation-chain"),
        (FIRST, [STATEMENTS[0], STATEMENTS[0]], "rotation-chain"),
        (FIRST, [STATEMENTS[0], (25, sign_rotation(old=SECOND, new=THIRD, size=20, time_us=999).encode())],
         "rotation-chain"),
        (FIRST, [STATEMENTS[0], (25, sign_rotation(old=SECOND, new=THIRD, size=10, time_us=2000).encode())],
         "rotation-chain"),
    ],
)  # fmt: skip
def test_what_is_not_one_chain_is_refused(
    trusted: list[SigningKey], statements: list[tuple[int, bytes]], code: str
) -> None:
    """Strangers' keys, a mixed set, a missing link, a statement out of order or at a place before it was made."""
    with pytest.raises(VerificationError) as refused:
        _follow(trusted, statements)
    assert refused.value.code == code


def test_a_new_key_that_takes_over_by_its_own_word_is_refused() -> None:
    """Whoever does not hold the old keys cannot state a rotation in their name."""
    mine = sign_rotation(old=THIEF, new=_keys(9), size=10, time_us=1000)
    forged = Rotation(
        origin=ORIGIN, old=ONE.old, new=mine.new, size=10, time_us=1000, signatures=mine.signatures
    )
    for statement in (forged, replace(forged, signatures=ONE.signatures)):
        with pytest.raises(VerificationError) as refused:
            _follow(FIRST, [(10, statement.encode())])
        assert refused.value.code == "rotation-signature"


def test_a_rotation_right_behind_another_is_one_chain() -> None:
    """Sealed at once and in the same moment."""
    two = sign_rotation(old=SECOND, new=THIRD, size=11, time_us=1000)
    history = _follow(FIRST, [(10, ONE.encode()), (11, two.encode())])
    for size, keys in ((10, FIRST), (11, FIRST + SECOND), (12, SECOND + THIRD), (13, THIRD)):
        assert list(history.at(size)) == _public(keys), size
