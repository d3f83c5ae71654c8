"""The examples of the how-to pages are files the service reads."""

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


def test_the_mapping_file_of_the_page_is_read() -> None:
    mapping = parse_mapping(example("mapping-file.md"))
    assert len(mapping.rows) == 3
    row = mapping.find("1", "", "home>KITCHEN > Jars and bottles")
    assert row is not None, "the page says this is the same path"
    assert row.leaf_id == "853000"


def test_the_attribute_rules_of_the_page_are_read() -> None:
    rules = parse_attribute_rules(example("attribute-rules.md")).rules
    assert [rule.take for rule in rules] == ["fixed", "title", "title", "title", "attribute"]
