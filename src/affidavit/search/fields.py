"""What may stand before a colon, and what its values mean."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, cast, get_args

from affidavit.core.errors import QueryError
from affidavit.formats.record.columns import address_digits
from affidavit.formats.record.kinds import Kind
from affidavit.lake.predicate import Field, HasIp, HasText, InNetwork, IsClass, Matches, Pattern, Predicate

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("actor", "action", "resource", "outcome", "class", "source", "ip", "kind")
"""The fields of the query language."""
OUTCOMES = ("success", "failure", "unknown", "other")
"""The values of `outcome`."""
_IPV4_BITS = 96


def condition(field: str | None, pattern: Pattern, *, position: int, value_position: int) -> Predicate:
    """The predicate of one term; QueryError where the field or its value is none."""
    match field:
        case None:
            return HasText(pattern)
        case "class":
            return IsClass(_classes(pattern, position=value_position))
        case "ip":
            return _ip(pattern, position=value_position)
        case "outcome":
            _one_of(OUTCOMES, pattern, "an outcome", position=value_position)
        case "kind":
            _one_of(get_args(Kind), pattern, "a kind", position=value_position)
        case _ if field not in FIELDS:
            known = ", ".join(FIELDS)
            raise QueryError(
                f"{field[:64]!r} is not a field; the fields are {known}. Put text that holds a colon in quotes",
                position=position,
            )
    return Matches(cast("Field", field), pattern)


def _one_of(words: tuple[str, ...], pattern: Pattern, what: str, *, position: int) -> None:
    text = "*".join(pattern.pieces)
    if pattern.is_plain and text.lower() not in words:
        raise QueryError(f"{text[:64]!r} is not {what}; there are {', '.join(words)}", position=position)


def _ip(pattern: Pattern, *, position: int) -> Predicate:
    text = pattern.pieces[0]
    if not pattern.is_plain:
        return HasIp(pattern)
    if "/" in text:
        try:
            network = ip_network(text, strict=False)
        except ValueError as error:
            raise QueryError(
                f"{text[:64]!r} is not a network such as 10.0.0.0/8", position=position
            ) from error
        first, last = int(network.network_address), int(network.broadcast_address)
        if isinstance(network, IPv4Network):
            first, last = (0xFFFF << 32) | first, (0xFFFF << 32) | last
        return InNetwork(f"{first:032x}", f"{last:032x}")
    digits = address_digits(text.lower())
    return HasIp(pattern) if digits is None else InNetwork(digits, digits)


def _classes(pattern: Pattern, *, position: int) -> tuple[int, ...]:
    text = "*".join(pattern.pieces)
    if pattern.is_plain and text.isascii() and text.isdecimal() and len(text) < 10:  # noqa: PLR2004 - 32 bits
        return (int(text),)
    wanted = re.compile(".*".join(re.escape(_bare(piece)) for piece in pattern.pieces))
    found = tuple(uid for name, uid in _names().items() if wanted.fullmatch(name))
    if not found:
        raise QueryError(f"no OCSF class is called {text[:64]!r}", position=position)
    return found


@lru_cache(maxsize=1)
def _names() -> Mapping[str, int]:
    """Class uids by bare name."""
    from affidavit.formats.ocsf.classes import BY_UID

    return {_bare(kind.CLASS_NAME): uid for uid, kind in BY_UID.items()}


def _bare(name: str) -> str:
    """`Account Change`, `account_change` and `accountchange` are one name."""
    return re.sub(r"[\W_]+", "", name.lower())
