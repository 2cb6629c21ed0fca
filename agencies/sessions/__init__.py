"""Sessions: kept on the server by their digest, over after a while without anybody, ended by hand.

store -> account, keeping: what Django reads and writes; whose it is, read with it; ending them, and
noting that somebody is there.
"""

from agencies.sessions.keeping import (
    browser_of,
    digest_of,
    no_sign_of_life,
    other_sessions_end,
    session_end,
    sessions_drop,
    sessions_end,
    sessions_of,
    sessions_sweep,
)

__all__ = [
    "browser_of",
    "digest_of",
    "no_sign_of_life",
    "other_sessions_end",
    "session_end",
    "sessions_drop",
    "sessions_end",
    "sessions_of",
    "sessions_sweep",
]
