"""The specifications as code: pure functions over bytes and values, no I/O, no engine."""
