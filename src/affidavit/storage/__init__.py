"""Where bytes lie: objects, journals and the data directory's lock. Nothing outside this room opens a path.

`interfaces` says what a store does; `local` and `local_journal` do it on a directory, `memory` in memory.
"""
