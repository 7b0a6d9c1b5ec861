"""Proof: what verifies needs no server; it imports core, formats and the standard library."""
