"""age v1 files (age-encryption.org/v1): X25519 and passphrase recipients, and decryption at random access.

`file` is the way in; the other modules hold one section of the specification each. The post-quantum and
tagged recipient types are not implemented: their stanzas are ignored, as the specification asks.
"""
