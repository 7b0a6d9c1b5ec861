"""The identity that everything stored is encrypted to, in a file as age-keygen writes it."""

from __future__ import annotations

from affidavit.formats.age.x25519 import X25519Identity


def identity_text(identity: X25519Identity) -> str:
    """The file's text: the public key in a comment, then the secret one."""
    return f"# public key: {identity.recipient}\n{identity.text()}\n"


def parse_identity(text: str) -> X25519Identity:
    """The one identity in the text; AgeError where there is none, or something else."""
    keys = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    return X25519Identity.parse(keys[0] if len(keys) == 1 else "")
