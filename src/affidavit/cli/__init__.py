"""The command line: one file a verb. Data on stdout; progress and messages on stderr."""
