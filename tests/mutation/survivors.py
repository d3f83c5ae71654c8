"""Results of a mutmut run per file, and the surviving mutants: `python -m tests.mutation.survivors`.

A survivor that only changes the wording of a message is counted but not shown, because messages are not tested word
for word.
"""

from __future__ import annotations

import ast
import difflib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "mutants"
ENDS = {
    0: "survived",
    1: "killed",
    3: "killed",
    33: "no test",
    5: "no test",
    24: "timeout",
    36: "timeout",
    152: "timeout",
    -24: "timeout",
    255: "timeout",
}
COLUMNS = ("killed", "timeout", "survived", "words only", "no test", "not run")
NAME = re.compile(r"(?P<function>.+)__mutmut_(?P<number>\d+|orig)$")

NUMBERED = re.compile(r"__mutmut_(\d+|orig)\b")


@dataclass(frozen=True, slots=True)
class Survivor:
    name: str
    change: str


def ends_of(path: Path) -> dict[str, str]:
    """The result of each mutant of a file, by its name."""
    codes = orjson.loads(path.with_suffix(".py.meta").read_bytes())["exit_code_by_key"]
    return {key: "not run" if code is None else ENDS.get(code, "killed") for key, code in codes.items()}


def functions_of(path: Path) -> dict[str, ast.AST]:
    """Every version of every function, by its name in mutmut."""
    found: dict[str, ast.AST] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and NAME.match(node.name):
            found[node.name] = node
    return found


def without_words(node: ast.AST) -> str:
    """The code without its sentences (strings with spaces)."""
    blanked = ast.parse(ast.unparse(node))
    for each in ast.walk(blanked):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value.strip():
            each.value = ""
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            each.name = ""
    return ast.dump(blanked)


def change(before: ast.AST, after: ast.AST) -> str:
    texts = [NUMBERED.sub("", ast.unparse(each)).splitlines() for each in (before, after)]
    return " ".join(line.strip() for line in difflib.ndiff(*texts) if line[:1] in "+-")


def survivors(path: Path, ends: dict[str, str]) -> Iterator[Survivor | None]:
    """Yields each survivor and its change; None if only the wording differs."""
    functions = functions_of(path)
    for key, end in ends.items():
        if end not in ("survived", "no test"):
            continue
        name = key.rpartition(".")[2]
        match = NAME.match(name)
        if match is None:
            raise ValueError(f"{key} is not the name of a mutant")
        before, after = functions[f"{match['function']}__mutmut_orig"], functions[name]
        same = without_words(before) == without_words(after)
        yield None if same else Survivor(key, change(before, after))


def main() -> None:
    total: Counter[str] = Counter()
    shown: list[Survivor] = []
    print(f"{'':<44}{'mutants':>10}" + "".join(f"{each:>12}" for each in COLUMNS))  # noqa: T201
    for meta in sorted(MUTANTS.rglob("*.py.meta")):
        path = meta.with_suffix("")
        ends = ends_of(path)
        if not ends:
            continue
        found = list(survivors(path, ends))
        count = Counter(ends.values())
        count["words only"] = found.count(None)
        shown += [each for each in found if each is not None]
        total += count
        print(row(str(path.relative_to(MUTANTS)), len(ends), count))  # noqa: T201
    print(row("together", sum(total.values()) - total["words only"], total))  # noqa: T201
    for each in shown:
        print(f"{each.name}\n    {each.change}")  # noqa: T201


def row(name: str, mutants: int, count: Counter[str]) -> str:
    return f"{name:<44}{mutants:>10,}" + "".join(f"{count[each]:>12,}" for each in COLUMNS)


if __name__ == "__main__":
    sys.exit(main())
