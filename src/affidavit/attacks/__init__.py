"""The attack catalogue: what somebody can do to a data directory, and what finds it. Applied to copies only."""
