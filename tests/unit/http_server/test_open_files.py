"""Limits follow the number of files the process may open."""

from __future__ import annotations

import pytest

from http_server.open_files import RESERVED_FILES, connection_limit, pool_limit


@pytest.mark.parametrize(("files", "limit"), [(1024, 492), (65_536, 500), (64, 12)])
def test_server_and_pools_fit_into_the_limit(files: int, limit: int) -> None:
    assert connection_limit(files, 500) == limit
    assert connection_limit(files, 500) + pool_limit(files, 64) + 20 <= files


def test_too_few_files_are_an_error_that_names_the_remedy() -> None:
    with pytest.raises(ValueError, match="ulimit -n"):
        connection_limit(RESERVED_FILES + 10, 500)
