"""Opens the record's SQLite file and translates its errors."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from pathlib import Path

from record.errors import DamagedStore, RecordUnavailable
from record.migrations import migrations_in, missing
from record.sqlite.file_format import PAGE_BYTES
from record.sqlite.file_locks import connect, create, reading

FILE_NAME = "record.sqlite3"
MIGRATIONS = migrations_in(Path(__file__).parent / "migrations")
BUSY_MILLISECONDS = 30_000
CACHE_KIB = 16_384
SWITCH_ATTEMPTS, SWITCH_SECONDS = 100, 0.02
HEADER_ATTEMPTS, CREATION_ATTEMPTS, HEADER_SECONDS = 5, 300, 0.01
CREATION_SECONDS = CREATION_ATTEMPTS * HEADER_SECONDS

PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA cell_size_check = ON",  # detects damage when a page is read
    "PRAGMA secure_delete = ON",  # overwrites the listings of an erased shop
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",  # in WAL mode this syncs the log at every commit
)
ADVICE = {
    sqlite3.SQLITE_FULL: "free space on that disk, or prune: relist record prune",
    sqlite3.SQLITE_IOERR: "check the disk and its mount",
    sqlite3.SQLITE_CANTOPEN: "create the directory, or let this user write to it",
    sqlite3.SQLITE_READONLY: "let this user write to the directory and its files",
    sqlite3.SQLITE_PERM: "let this user write to the directory and its files",
    sqlite3.SQLITE_BUSY: "another process has locked the file for a long time; wait for it or stop it",
    sqlite3.SQLITE_LOCKED: "another process holds the file for long; wait for it or stop it",
    sqlite3.SQLITE_NOMEM: "give the process more memory",
    sqlite3.SQLITE_PROTOCOL: "put the directory on a local disk: SQLite cannot lock files on this one",
}
ADVICE_BY_ERRNO = {
    errno.ENOSPC: ADVICE[sqlite3.SQLITE_FULL],
    errno.EDQUOT: "raise this user's quota on that disk, or prune: relist record prune",
    errno.EIO: ADVICE[sqlite3.SQLITE_IOERR],
    errno.EROFS: ADVICE[sqlite3.SQLITE_IOERR],
    errno.EACCES: ADVICE[sqlite3.SQLITE_PERM],
    errno.EPERM: ADVICE[sqlite3.SQLITE_PERM],
}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""Codes that mean damage. SQLITE_ERROR is included because a flipped bit in the schema can rename a column."""
APPLICATION = 0x524C
"""Upper half of the file's application id. The lower half repeats the schema version, so that a flipped bit in the
version does not look like a newer release."""
REPAIR = "stop the workers and run `relist record verify --repair`"


class DamagedHeader(sqlite3.DatabaseError):
    """The first 100 bytes of the file are not those of a record."""

    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def check_header(path: Path) -> None:
    """Checks values that SQLite would trust, such as the text encoding. Raises DamagedHeader, OSError.

    SQLite would take an empty file for a new one, although it may have been truncated.
    """
    for attempt in range(CREATION_ATTEMPTS):
        with reading(path) as file:
            header = file.read(100)
            age = time.time() - os.fstat(file.fileno()).st_mtime
        if is_sound(header):
            return
        if header and attempt >= HEADER_ATTEMPTS:
            raise DamagedHeader("its header is damaged")
        if not header and age > CREATION_SECONDS:
            break
        time.sleep(HEADER_SECONDS)  # another process may be writing or creating it
    raise DamagedHeader("its file is empty")


def is_sound(header: bytes) -> bool:
    """Whether these are the first bytes of a record or of a file that is being created. Pure."""
    version = header[60:64]
    if header[44:48] == header[60:64] == header[68:72] == bytes(4):
        return header[:16] == b"SQLite format 3\0"  # so far the schema is only in the log
    return (
        header[:24] == b"SQLite format 3\0" + PAGE_BYTES.to_bytes(2, "big") + bytes((2, 2, 0, 64, 32, 32))
        and header[44:48] == bytes((0, 0, 0, 4))
        and header[52:56] != bytes(4)
        and header[56:60] == bytes((0, 0, 0, 1))
        and header[64:68] == bytes((0, 0, 0, 1))
        and header[68:72] == APPLICATION.to_bytes(2, "big") + version[2:]
        and version[:2] == bytes(2)
        and header[72:92] == bytes(20)
    )


def open_file(directory: Path) -> sqlite3.Connection:
    """Creates the directory and the file if they are missing, accessible only by their owner.

    Raises sqlite3.DatabaseError, OSError.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / FILE_NAME
    try:
        create(path)
        is_new = True
    except FileExistsError:
        check_header(path)
        is_new = False
    connection = connect(path)
    try:
        connection.text_factory = _text
        if is_new:
            _sync_directory(directory)
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _use_log(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_log(connection: sqlite3.Connection) -> None:
    """Switches to WAL mode with retries, since SQLite does not wait when processes switch at the same time."""
    for attempt in range(SWITCH_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == SWITCH_ATTEMPTS - 1:
                raise
            time.sleep(SWITCH_SECONDS)
        else:
            return


def open_to_read(directory: Path) -> sqlite3.Connection:
    """Opens the file for reading, even in a read-only directory. Raises sqlite3.DatabaseError."""
    check_header(directory / FILE_NAME)
    may_write = os.access(directory, os.W_OK) and os.access(directory / FILE_NAME, os.W_OK)
    connection = connect(directory / FILE_NAME, "rw" if may_write else "ro")
    try:
        connection.text_factory = _text
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def upgrade(connection: sqlite3.Connection, where: str) -> int:
    """Applies missing migrations and returns the schema version. Raises SchemaTooNew, sqlite3.DatabaseError."""
    if not is_behind(connection, where):
        return MIGRATIONS[-1].version
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in missing(MIGRATIONS, _version(connection), where):  # another process may have been faster
            for statement in _statements(migration.sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {migration.version}")
            connection.execute(f"PRAGMA application_id = {APPLICATION << 16 | migration.version}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return MIGRATIONS[-1].version


def is_behind(connection: sqlite3.Connection, where: str) -> bool:
    """Whether migrations are missing. Raises SchemaTooNew, sqlite3.DatabaseError."""
    return bool(missing(MIGRATIONS, _version(connection), where))


def roll_back(connection: sqlite3.Connection) -> None:
    """Rolls back unless SQLite has already done so after an error."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def translated(error: sqlite3.Error | OSError | UnicodeDecodeError, where: str) -> Exception:
    """The error for the caller: DamagedStore, RecordUnavailable, or the error itself where it is a bug of ours."""
    if isinstance(error, UnicodeDecodeError):
        # The error text contains damaged bytes of the schema.
        return DamagedStore(f"the record in {where} is damaged: {REPAIR}")
    if isinstance(error, OSError):
        return RecordUnavailable(where, error.strerror or type(error).__name__, _advice(error))
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in DAMAGED:
        return DamagedStore(f"the record in {where} is damaged ({error}): {REPAIR}")
    if code in ADVICE:
        return RecordUnavailable(where, str(error), ADVICE[code])
    return error


def _advice(error: OSError) -> str:
    return ADVICE_BY_ERRNO.get(error.errno or 0, ADVICE[sqlite3.SQLITE_CANTOPEN])


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(sql: str) -> list[str]:
    """The statements of a script. Triggers contain semicolons."""
    statements, waiting = [], ""
    for line in sql.splitlines(keepends=True):
        waiting += line
        if sqlite3.complete_statement(waiting):
            statements.append(waiting)
            waiting = ""
    return statements


def _text(raw: bytes) -> str:
    """Decodes text leniently, so that a flipped bit is left to the checksum and does not make a row unreadable.

    A lone surrogate would mark the byte as well, but it cannot be written to a copy, sorted by, or printed.
    """
    return raw.decode("utf-8", "replace")


def _sync_directory(directory: Path) -> None:
    """Syncs the directory; otherwise a power failure could lose the new file's name."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
