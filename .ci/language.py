"""Finds phrases and names that this project has retired: `python .ci/language.py [FILE ...]`.

PHRASES lists unidiomatic phrases; docs/GLOSSARY.md lists the retired names. The glossary, lock files and recorded
results are not checked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = {"Makefile", "Dockerfile", ".env.example"}
SUFFIXES = {".py", ".md", ".lua", ".html", ".yml", ".yaml", ".toml", ".js", ".css"}
LEFT_OUT = re.compile(
    r"\.lock$|^CHANGELOG\.md$|^docs/GLOSSARY\.md$|^\.ci/language\.py$|^benchmarks/results/|^tests/deploy/schemas/"
)
PHRASES: dict[str, str] = {
    r"\bcan not\b": "cannot",
    r"\bin earnest\b": "a real (non-dry) run",
    r"\banew\b": "again",
    r"\b(is|are|was|were) told\b": "is reported, receives, is set to",
    r"\btells? (nothing|of)\b": "reports, shows, contains",
    r"\btold of\b": "reported, notified of",
    r"\bnobody's\b|\bnone of ours\b": "name the owner",
    r"\bof (one's|its|their) own\b": "separate, own",
    r"\bby (itself|themselves)\b": "automatically, alone",
    r"(?<!% if )(?<!there )\b(?-i:is|are) (?-i:none)\b(?! %)": "is not, does not",
    r"\b(requests?|jobs?|calls?|edits?|writes?|reads?|products?|messages?|entries|times) a second\b": "per second",
    r"\ba (job|worker|product|shop|entry|write|read|call|script) call\b": "per call",
    r"\bforms that are\b": "name them",
    r"(?<![\w`])whoso?ever\b": "anyone who, name the actor",
    r'"""(Of|What) ': "start with a verb or a noun phrase",
    r"(?:^|[.:] )What (is|was|has|one|some|lies|comes|waits|they|it|that) ": "start with a concrete subject",
    r"\bSo (old|long|many|far) may\b": "start with a concrete subject",
    r'"""(Those|Whose|Beside) ': "start with a verb or a noun phrase",
    r"\b(is|are) away\b": "is unavailable",
    r"\b(was|were) seen to\b": "use an active verb",
    r"\bwhat (became|becomes|has become) of\b": "the result of",
    r"\bdearer\b": "more expensive",
    r"\b(is|are|was|were) waited for\b": "waits for",
    r"\bfor what (is|are|it)\b": "name it",
    r"\bmust be a text\b|\bof texts\b": "a string, strings",
    r"\bbeside (the|those|it|each)\b": "next to, in addition to",
    r"\bin the midst of\b": "during",
    r"\b(calls|cores|jobs|requests|µs) an? (call|core|edit|job|leaf|product|request|shop)\b": "per job",
}


def retired_names() -> list[str]:
    """The names in the last section of the glossary."""
    section = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8").partition("## Retired names")[2]
    return [name.strip(" .\n").replace("\n", " ") for name in section.split(",")]


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    return listed.stdout.split()


def problems(name: str, text: str, rules: list[tuple[re.Pattern[str], str]]) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, advice in rules:
            if found := pattern.search(line):
                yield f"{name}:{number}: {found[0].strip()!r}: {advice}"


def main(names: list[str]) -> int:
    rules = [
        (re.compile(phrase, re.IGNORECASE if phrase[0] != '"' else 0), advice) for phrase, advice in PHRASES.items()
    ]
    rules += [
        (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), "retired: see docs/GLOSSARY.md") for name in retired_names()
    ]
    found: list[str] = []
    for name in names or tracked_files():
        path = ROOT / name
        if (path.suffix in SUFFIXES or path.name in NAMES) and not LEFT_OUT.search(name) and path.is_file():
            found += problems(name, path.read_text(encoding="utf-8"), rules)
    print("\n".join(found) or "language: clean")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
