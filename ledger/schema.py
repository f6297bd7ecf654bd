"""The tables of a ledger file, and how such a file is opened, brought up to date and found to be unusable."""

import os
import sqlite3
from pathlib import Path

from symposium.ledger.records import ConfigurationError

APPLICATION = 0x53594D50  # "SYMP" in the file's header, so that another program's database is told apart
PATIENCE = 5.0  # seconds SQLite waits for another process's short transaction before it says BUSY

MIGRATIONS = (
    """
    CREATE TABLE runs (
        run TEXT PRIMARY KEY, graph TEXT NOT NULL, question TEXT NOT NULL, lineage TEXT NOT NULL, thread TEXT,
        status TEXT NOT NULL, started REAL NOT NULL, ended REAL, outcome TEXT,
        pid INTEGER NOT NULL, born TEXT NOT NULL, host TEXT NOT NULL, beat REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX runs_by_start ON runs (started);
    CREATE INDEX runs_by_lineage ON runs (lineage);
    CREATE INDEX runs_open ON runs (pid) WHERE status = 'open';
    CREATE TABLE events (
        run TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (run, seq)
    ) WITHOUT ROWID;
    CREATE TABLE drafts (
        lineage TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL, PRIMARY KEY (lineage, key)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE requests (request TEXT PRIMARY KEY, asked TEXT NOT NULL, run TEXT NOT NULL) WITHOUT ROWID;
    """,
)


def writable(path: Path) -> sqlite3.Connection:
    """Open the ledger for writing: folder and file are created, for the user alone, and the tables brought up to date.

    Raises:
        sqlite3.Error, OSError: it cannot be opened; `explain` puts that into words.
        ConfigurationError: it is another program's database or a newer version's ledger.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives -wal and -shm the file's own mode
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    try:
        _check(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")  # with WAL, a killed process loses nothing committed
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def readable(path: Path) -> sqlite3.Connection:
    """Open the ledger for reading, also where nothing can be written beside it; the errors are those of `writable`."""
    try:
        return _reader(path, "mode=rw")
    except sqlite3.OperationalError as error:
        if primary(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        return _reader(path, "immutable=1")


def primary(error: sqlite3.Error) -> int:
    """Give SQLite's primary result code of an error, 0 where the error is not SQLite's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def explain(path: Path, error: BaseException) -> ConfigurationError:
    """Say in one line what is wrong with the ledger file and what to do about it."""
    if isinstance(error, ConfigurationError):
        return error
    code = primary(error) if isinstance(error, sqlite3.Error) else 0
    what, advice = _WORDS.get(code, ("cannot be used", "check the folder and its permissions"))
    return ConfigurationError(
        f"the ledger {path} {what} ({error}); {advice}, or set SYMPOSIUM_LEDGER to a file elsewhere"
    )


_WORDS = {
    sqlite3.SQLITE_NOTADB: ("is damaged or no ledger at all", "move it away"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "move it away"),
    sqlite3.SQLITE_FULL: ("has no room left on its disk", "free some space"),
    sqlite3.SQLITE_IOERR: ("cannot be written to its disk", "check the disk and its free space"),
    sqlite3.SQLITE_READONLY: ("is read-only", "make it writable"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check the folder and its permissions"),
    sqlite3.SQLITE_CONSTRAINT: ("has such an entry already", "give every run an id of its own"),
    sqlite3.SQLITE_BUSY: ("is held by another program", "end that program"),
}


def _reader(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=PATIENCE)
    try:
        _check(connection, path)
        connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    version = _pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and _pragma(connection, "application_id") != APPLICATION:
        raise ConfigurationError(f"{path} is another program's database; set SYMPOSIUM_LEDGER to a file of its own")
    if version > len(MIGRATIONS):
        raise ConfigurationError(
            f"the ledger {path} was written by a newer version of symposium (format {version}, this one knows"
            f" {len(MIGRATIONS)}); upgrade, or set SYMPOSIUM_LEDGER to another file"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    if _pragma(connection, "user_version") == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[_pragma(connection, "user_version") :]:  # asked again: another process may be done
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
