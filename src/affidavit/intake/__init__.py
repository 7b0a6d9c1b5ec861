"""Bytes arrive: framed, mapped, drawn ids and salts, fsynced into the spool, acknowledged."""
