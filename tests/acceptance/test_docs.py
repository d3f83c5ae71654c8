"""The links, commands, options and files in the README and the docs exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from console.main import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:[a-z_.-]+/)+[\w-]+\.(?:py|lua|toml|yml|yaml|json|tsv|txt|sql|md))`")
COMMAND = re.compile(r"(?<![\w./-])(?<!-n )relist ((?:(?!\s#|[|&<>;)`]).)+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_repository_that_a_page_names_exists(page: Path) -> None:
    named = [path for path in PATH.findall(page.read_text()) if (ROOT / path.split("/")[0]).is_dir()]
    assert not [path for path in named if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_puts_a_secret_on_a_command_line(page: Path) -> None:
    secret = (
        r"--(access-token|refresh-token|from-literal=\S*(secret|token|password|url)|requirepass|pass)\b|redis-cli .*-a "
    )
    reported = [
        line for line in page.read_text().splitlines() if line.startswith(("    ", "$ ")) and re.search(secret, line)
    ]
    assert not reported


def commands(page: Path) -> Iterator[list[str]]:
    """The words after `relist` in all code of a page."""
    text = page.read_text()
    code = [line for line in text.splitlines() if line.startswith(("    ", "$ "))]
    code += re.findall(r"`(relist [^`]+)`", re.sub(r"\n(?!\n)", " ", text))
    for line in code:
        for said in COMMAND.findall(line):
            yield said.split()


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def unknown(words: list[str]) -> str:
    """The first unknown command or option, or an empty string."""
    command: click.Command = main
    for word in words:
        name = word.strip("[],.:").partition("=")[0]
        if isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+(\|[a-z-]+)*", name) and not name.startswith("-"):
            several = name.split("|")
            if missing := [each for each in several if each not in command.commands]:
                return missing[0]
            command = command.commands[several[0]]
        elif name.startswith("--") and name not in ("--help", "--version", *options(command)):
            return f"{command.name} {name}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_exists(page: Path) -> None:
    wrong = {" ".join(words): what for words in commands(page) if (what := unknown(words))}
    assert not wrong


def test_wrong_command_is_noticed() -> None:
    assert unknown(["shops", "ad", "--region", "US"]) == "ad"
    assert unknown(["shops", "add", "--regoin", "US"]) == "add --regoin"
    assert not unknown(["shops", "pause", "7494000000000000001", "--reason", "x"])


def test_readme_and_index_link_every_how_to_page() -> None:
    pages = {path.name for path in (ROOT / "docs/how-to").glob("*.md")}
    linked = set(re.findall(r"\(docs/how-to/([\w-]+\.md)\)", (ROOT / "README.md").read_text()))
    assert linked == pages
    assert {*LINK.findall((ROOT / "docs/how-to/README.md").read_text())} >= pages - {"README.md"}
