"""Fails a test that lets a secret be printed or logged: all its output is searched, and its processes' too.

Looked for are the simulator's tokens, codes and ciphers, which nothing else looks like, and its app secret. Processes
inherit standard error from the tests, so what a fleet logs is captured with them.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable

import pytest

SECRETS = re.compile(r"\bTT[PRA]_sim_\w+|\b(?:ROW|GCP)_sim\w+|(?<!demo-)\bsimulated-secret\b")


def secrets_in(sections: Iterable[tuple[str, str]]) -> list[str]:
    """Where something was found, without the secret itself."""
    return [f"{title}: {found[0][:7]}..." for title, text in sections for found in SECRETS.finditer(text)]


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.passed and (found := secrets_in(report.sections)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} let secrets be printed ({call.when}): {', '.join(found[:5])}"
    return report
