"""The ground floor: ids, clock, errors, canonical JSON and settings. Imports nothing of the other rooms."""
