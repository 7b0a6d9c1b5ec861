"""Fixtures of CloudTrail's tests: mapping to plain JSON, and the checker of OCSF events where it is at hand."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affidavit.formats.record.parts import Parts, merge, split
from affidavit.sources.aws.kind import KIND

ROOT = Path(__file__).parents[4]
RECEIVED_US = 1_795_000_000_123_456

Mapped = Callable[[bytes], dict[str, Any]]
Faults = Callable[[dict[str, Any]], list[Any]]


@pytest.fixture(scope="session")
def mapped() -> Mapped:
    """From an original's bytes to the OCSF event as whoever searches it gets it."""

    def event(raw: bytes) -> dict[str, Any]:
        parts = split(KIND.map(raw, RECEIVED_US), raw)
        return {name: json.loads(bytes(value)) for name, value in merge(parts).items()}

    return event


@pytest.fixture(scope="session")
def parts() -> Callable[[bytes], Parts]:
    """From an original's bytes to the five parts of its record."""
    return lambda raw: split(KIND.map(raw, RECEIVED_US), raw)


@pytest.fixture(scope="session")
def faults() -> Faults:
    """`faults(event)`: what the OCSF 1.8.0 schema has against an event."""
    path = ROOT.parent / "shared/ocsf/check.py"
    if not path.exists():
        pytest.skip("the checker of OCSF events is not beside this repository")
    spec = importlib.util.spec_from_file_location("ocsf_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Faults = module.faults
    return function
