"""The example files of the how-to pages are valid."""

from __future__ import annotations

from pathlib import Path

from relisting.attribute_rules import parse_attribute_rules
from relisting.mapping import parse_mapping

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"


def example(page: str) -> str:
    """The first indented block of a page."""
    blocks = (HOW_TO / page).read_text("utf-8").split("\n\n")
    block = next(block for block in blocks if block.startswith("    "))
    return "\n".join(line.removeprefix("    ") for line in block.splitlines())


def test_mapping_example_is_valid() -> None:
    mapping = parse_mapping(example("mapping-file.md"))
    assert len(mapping.rows) == 3
    row = mapping.find("1", "", "home>KITCHEN > Jars and bottles")
    assert row is not None, "the page says this is the same path"
    assert row.leaf_id == "853000"


def test_attribute_rules_example_is_valid() -> None:
    rules = parse_attribute_rules(example("attribute-rules.md")).rules
    assert [rule.take for rule in rules] == ["fixed", "title", "title", "title", "attribute"]
