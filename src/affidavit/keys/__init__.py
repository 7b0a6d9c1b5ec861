"""The secrets of a data directory: the age identity that opens it and the keys that sign its log.

Both lie in the store with mode 0600, as text that age and other C2SP tools read, or wrapped with a
passphrase.
"""
