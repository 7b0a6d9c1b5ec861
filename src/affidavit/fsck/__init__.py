"""Ledger, lake, spool, receipts, quarantine and catalogue held against each other, and what can be mended."""
