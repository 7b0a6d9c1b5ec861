"""The one place that joins intake, sources, ledger and lake into a committed step."""
