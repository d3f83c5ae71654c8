"""Writes docs/platform-facts.md from the fact table: `python -m facts.page`."""

from __future__ import annotations

from pathlib import Path

from facts.fact import Fact, FactTable, shown
from facts.load import platform_facts

PAGE = Path(__file__).parents[1] / "docs" / "platform-facts.md"
HEAD = """\
# Platform facts

Generated from `facts/platform.toml` by `python -m facts.page`; do not edit this page.

What this project knows about the TikTok Shop API, where it comes from, and what depends on it. Nothing here was
measured by this project on the platform's servers.

| confidence | meaning |
| --- | --- |
| live | measured on the platform by someone who gives a date or quotes the response |
| documented | text of the partner centre, or several independent sources that agree |
| inferred | follows from the above, or from one client's code |
| unknown | nobody has measured it; the simulator has a switch, and both positions are tested |

Live outranks documented, documented outranks inferred. A *switch* is an option of `relist simulator` (`--set
NAME=VALUE`); its default is printed first. An operator's facts file sets the same switches for the service.
"""


def render(table: FactTable) -> str:
    topics: dict[str, list[Fact]] = {}
    for fact in table.facts.values():
        topics.setdefault(fact.topic, []).append(fact)
    lines = [HEAD, _counts(table)]
    for topic, facts in topics.items():
        lines += [f"\n## {topic}\n"]
        for fact in facts:
            lines += [_entry(fact)]
    return "\n".join(lines)


def _counts(table: FactTable) -> str:
    counted = dict.fromkeys(("live", "documented", "inferred", "unknown"), 0)
    for fact in table.facts.values():
        counted[fact.confidence] += 1
    summary = ", ".join(f"{count} {name}" for name, count in counted.items())
    return f"{len(table.facts)} facts: {summary}; {len(table.switches)} have a switch."


def _entry(fact: Fact) -> str:
    lines = [f"**`{fact.id}`** ({fact.confidence}, {fact.date.isoformat()}): {fact.statement}  "]
    lines += [f"Source: {fact.source}. Used by: {', '.join(fact.depends_on)}."]
    if fact.switch is not None:
        others = [each for each in fact.switch.positions if each is not fact.switch.default]
        positions = ", ".join(f"`{shown(each)}`" for each in (fact.switch.default, *others))
        lines[-1] += "  "
        lines += [f"Switch: `{fact.switch.name}`: {positions}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(render(platform_facts()), encoding="utf-8")


if __name__ == "__main__":
    main()
