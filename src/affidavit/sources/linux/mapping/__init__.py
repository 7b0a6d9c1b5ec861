"""From a message family to an OCSF event, one class a file."""
