"""A failed connection to PostgreSQL is reported with its cause and remedy."""

from __future__ import annotations

import psycopg
import pytest

from record.postgres.connection import translated

AT = 'connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("message", "cause", "advice"),
    [
        (f"connection failed: {AT}Connection refused\n\tIs it running?", "Connection refused", "start the server"),
        (
            f'connection failed: {AT}FATAL:  password authentication failed for user "relist"\nmore',
            'password authentication failed for user "relist"',
            "correct the user and password",
        ),
        (f'{AT}FATAL:  database "nope" does not exist', 'database "nope" does not exist', "create the database"),
        (f'{AT}FATAL:  role "nobody" does not exist', 'role "nobody" does not exist', "create this user"),
        (f"{AT}FATAL:  sorry, too many clients already", "sorry, too many clients already", "max_connections"),
        (f"{AT}FATAL:  the database system is starting up", "the database system is starting up", "wait until"),
        (f"{AT}session is read-only", "session is read-only", "name the primary"),
        ("cannot execute INSERT in a read-only transaction", "cannot execute INSERT", "name the primary"),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "10.0.0.2"', "no pg_hba.conf entry", "allow this machine"),
        ('failed to resolve host "pg.invalid": Name not known', "failed to resolve host", "correct the host"),
        (f"{AT}server does not support SSL, but SSL was required", "server does not support SSL", "sslmode"),
        (f"{AT}etwas ist schiefgelaufen", "etwas ist schiefgelaufen", "check the server and RELIST_RECORD_URL"),
        ("", "OperationalError", "check the server"),
    ],
)  # fmt: skip
def test_causes_have_their_own_remedy(message: str, cause: str, advice: str) -> None:
    text = str(translated(psycopg.OperationalError(message), "PostgreSQL at 10.0.0.1, database relist"))
    start = f"the record in PostgreSQL at 10.0.0.1, database relist is unavailable: {cause}"
    assert text.startswith(start)
    assert advice in text.removeprefix(start)
    assert "\n" not in text
