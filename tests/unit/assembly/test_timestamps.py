"""What [timestamp] has to say, and what is said where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.tsa import authority

from affidavit.assembly.timestamps import open_stamper, trusted_roots
from affidavit.core.errors import ConfigurationError
from affidavit.core.settings import TimestampSettings

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://tsa.example/tsr"


def test_without_an_authority_nothing_is_asked_and_nothing_believed(tmp_path: Path) -> None:
    """The default: checkpoints are kept and not stamped."""
    assert open_stamper(tmp_path, TimestampSettings()) is None
    assert trusted_roots(tmp_path, TimestampSettings()) == ()


def test_an_authority_is_believed_under_roots_only(tmp_path: Path) -> None:
    """A URL without roots, or with a file that is none, stops the start with a message that says what to do."""
    pem = tmp_path / "roots.pem"
    for roots in (None, "missing.pem", "roots.pem"):
        pem.write_text("no certificate")
        with pytest.raises(ConfigurationError) as refused:
            open_stamper(tmp_path, TimestampSettings(url=URL, roots=roots))
        assert refused.value.code == "timestamp-roots"
        assert "PEM file" in refused.value.hint
    root = authority("Root")
    pem.write_bytes(root.pem)
    settings = TimestampSettings(url="https://name:secret@tsa.example:8443/tsr?key=secret", roots="roots.pem")
    stamper = open_stamper(tmp_path, settings)
    assert stamper is not None
    assert stamper.name == "https://tsa.example/tsr"  # what messages show
    assert trusted_roots(tmp_path, settings) == (root.certificate,)
