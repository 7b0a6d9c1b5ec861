"""Batches over plain buffers, in C where the library was built, in Python where it was not; same answers."""
