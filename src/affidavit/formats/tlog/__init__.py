"""The transparency log: RFC 6962 trees, C2SP tiles, signed notes, checkpoints, cosignatures and proofs.

docs/spec/log.md says how the pieces fit together; every file here holds one of them.
"""
