"""Turns errors of PostgreSQL connections into causes and remedies. Pure.

A refused connection has no error code, only the text of libpq or of the server, so the cause is recognised by words.
Messages in other languages get the general advice.
"""

from __future__ import annotations

import re

WAITS = "edits wait and resume when it answers"
ADVICE = f"check the server and RELIST_RECORD_URL; {WAITS}"
REMEDIES = (
    ("password authentication failed|no password supplied|authentication failed",
     "correct the user and password in RELIST_RECORD_URL"),
    (r'role ".*" does not exist', "create this user, or correct RELIST_RECORD_URL"),
    (r'database ".*" does not exist',
     f"create the database with ENCODING 'UTF8', or correct RELIST_RECORD_URL; {WAITS}"),
    ("no pg_hba.conf entry", "allow this machine and user in the server's pg_hba.conf"),
    ("too many clients|remaining connection slots|too many connections",
     f"raise the server's max_connections; every process uses two connections; {WAITS}"),
    ("could not translate host name|Name or service not known|failed to resolve host",
     "correct the host in RELIST_RECORD_URL, or DNS"),
    ("Connection refused", f"start the server, or correct the host and port in RELIST_RECORD_URL; {WAITS}"),
    ("starting up|shutting down|recovery mode|administrator command", f"wait until the server is up; {WAITS}"),
    ("session is read-only|read-only transaction|hot standby",
     f"name the primary in RELIST_RECORD_URL, or all servers separated by commas; {WAITS}"),
    ("SSL|certificate", "correct sslmode and sslrootcert in RELIST_RECORD_URL"),
)  # fmt: skip
_PREFIX = re.compile(
    r"^(?:connection (?:failed|is bad): )?(?:connection to server (?:at|on) .*? failed: )?(?:FATAL: *)?"
)


def cause_of(message: str) -> str:
    """Return the first line without the host and port, which are named elsewhere. libpq never repeats the password."""
    line = next((each.strip() for each in message.splitlines() if each.strip()), "")
    return _PREFIX.sub("", line, count=1) or line


def remedy(message: str) -> str:
    """Return the operator's remedy."""
    return next((advice for words, advice in REMEDIES if re.search(words, message, re.IGNORECASE)), ADVICE)
