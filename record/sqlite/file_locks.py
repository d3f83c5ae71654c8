"""Opens the record's file, also bypassing SQLite, without dropping the locks that SQLite holds on it.

POSIX locks belong to the process: when it closes any descriptor of a file, it loses all its locks on that file, also
those that SQLite took through other descriptors. Another process that closes the record then assumes that it is the
last one and deletes the log, to which this process still writes its edits. So a descriptor stays open as long as this
process has a connection to the file. Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

Inode = tuple[int, int]


class OpenFiles:
    """The connections of this process, and the descriptors that must not be closed before them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connections: Counter[Inode] = Counter()
        self._idle: defaultdict[Inode, list[int]] = defaultdict(list)

    def borrow(self, path: Path, flags: int = os.O_RDONLY) -> tuple[int, Inode]:
        """Raises OSError."""
        with self._lock:
            if not flags & os.O_CREAT:
                inode = _inode(os.stat(path))
                if idle := self._idle.get(inode):
                    return idle.pop(), inode
            descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
            return descriptor, _inode(os.fstat(descriptor))

    def give_back(self, descriptor: int, inode: Inode) -> None:
        with self._lock:
            self._idle[inode].append(descriptor)
            self._close_idle(inode)

    def connect(self, path: Path) -> Inode:
        """Raises OSError."""
        with self._lock:
            inode = _inode(os.stat(path))
            self._connections[inode] += 1
            return inode

    def disconnect(self, inode: Inode) -> None:
        with self._lock:
            self._connections[inode] -= 1
            self._close_idle(inode)

    def _close_idle(self, inode: Inode) -> None:
        if self._connections[inode] > 0:
            return
        del self._connections[inode]
        for descriptor in self._idle.pop(inode, []):
            os.close(descriptor)


def _inode(about: os.stat_result) -> Inode:
    return about.st_dev, about.st_ino


_OPEN_FILES = OpenFiles()
"""One for the process, because the locks are."""


class TrackedConnection(sqlite3.Connection):
    """A connection that keeps the descriptors of its file open until it is closed."""

    inode: Inode | None = None

    def close(self) -> None:
        super().close()
        inode, self.inode = self.inode, None
        if inode is not None:
            _OPEN_FILES.disconnect(inode)


def connect(path: Path, mode: str = "rwc") -> TrackedConnection:
    """Connects to an existing file; `mode` is SQLite's. Raises sqlite3.DatabaseError, OSError."""
    inode = _OPEN_FILES.connect(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            factory=TrackedConnection,
        )
    except BaseException:
        _OPEN_FILES.disconnect(inode)
        raise
    connection.inode = inode
    return connection


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, bypassing SQLite. Raises OSError."""
    descriptor, inode = _OPEN_FILES.borrow(path)
    try:
        with open(descriptor, "rb", closefd=False) as file:
            file.seek(0)
            yield file
    finally:
        _OPEN_FILES.give_back(descriptor, inode)


def create(path: Path) -> None:
    """Creates the file, accessible only by its owner. Raises FileExistsError, OSError."""
    _OPEN_FILES.give_back(*_OPEN_FILES.borrow(path, os.O_CREAT | os.O_EXCL | os.O_RDWR))
