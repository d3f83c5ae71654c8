"""A category tree to ask questions of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tiktok_shop.catalogue import Category


class CategoryTree:
    def __init__(self, categories: Iterable[Category]) -> None:
        self._nodes = {category.id: category for category in categories}
        self._children: dict[str, list[str]] = defaultdict(list)
        for category in self._nodes.values():
            self._children[category.parent_id].append(category.id)

    def __contains__(self, category_id: str) -> bool:
        return category_id in self._nodes

    def is_leaf(self, category_id: str) -> bool:
        node = self._nodes.get(category_id)
        return node is not None and node.is_leaf

    def is_open(self, category_id: str) -> bool:
        """Whether this shop may list there without an invitation."""
        node = self._nodes.get(category_id)
        return node is not None and (not node.permission_statuses or "AVAILABLE" in node.permission_statuses)

    def path(self, category_id: str) -> tuple[Category, ...]:
        """Root to node; empty for an unknown one."""
        steps: list[Category] = []
        node = self._nodes.get(category_id)
        while node is not None and node not in steps:
            steps.append(node)
            node = self._nodes.get(node.parent_id)
        return tuple(reversed(steps))

    def path_text(self, category_id: str) -> str:
        return " > ".join(category.name for category in self.path(category_id)) or category_id

    def is_descendant(self, category_id: str, ancestor_id: str) -> bool:
        return any(category.id == ancestor_id for category in self.path(category_id)[:-1])

    def leaves_under(self, category_id: str) -> list[str]:
        leaves: list[str] = []
        waiting = [category_id]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                (leaves if self._nodes[child].is_leaf else waiting).append(child)
        return sorted(leaves)

    def leaves_named(self, name: str) -> list[str]:
        wanted = name.strip().casefold()
        return sorted(
            node.id for node in self._nodes.values() if node.is_leaf and node.name.strip().casefold() == wanted
        )
