"""Affidavit: an audit-ready access log.

The packages below are the rooms of one record's journey; ARCHITECTURE.md draws them in order.
"""

__version__ = "0.1.0"
