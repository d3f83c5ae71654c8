"""Derives limits from the number of files this process may open (RLIMIT_NOFILE)."""

from __future__ import annotations

import resource

RESERVED_FILES = 40
"""For Redis, the platform, logs, records and modules."""
MIN_CONNECTIONS = 8
USUAL_MAX_FILES = 65_536


def raise_file_limit() -> int:
    """Raises the soft limit to the hard limit, as other servers do. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = USUAL_MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, USUAL_MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft if soft != resource.RLIM_INFINITY else USUAL_MAX_FILES


def connection_limit(files: int, wanted: int) -> int:
    """The number of client connections that a server may accept: at most half of the unreserved open files.

    Raises ValueError if there are too few files to serve anyone.
    """
    available = (files - RESERVED_FILES) // 2
    if available < MIN_CONNECTIONS:
        minimum = RESERVED_FILES + 2 * MIN_CONNECTIONS
        raise ValueError(f"this process may open {files} files and needs {minimum}: raise the limit (ulimit -n)")
    return min(wanted, available)


def pool_limit(files: int, wanted: int) -> int:
    """The number of connections that a client's pool may open: at most a quarter of these files."""
    return max(4, min(wanted, files // 4))


def file_limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return USUAL_MAX_FILES if soft == resource.RLIM_INFINITY else soft
