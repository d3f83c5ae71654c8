"""The v2 category tree of a region. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from relisting.names import normalised
from tiktok_shop.catalogue import Category


def is_open(permission_statuses: Collection[str]) -> bool:
    return not permission_statuses or "AVAILABLE" in permission_statuses


class CategoryTree:
    """A tree of categories, which all shops of a region share, and one shop's permissions.

    `is_own` is true if the permissions are those of the requesting shop.
    """

    def __init__(self, categories: Iterable[Category]) -> None:
        self._nodes = {category.id: category for category in categories}
        self._children: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] | None = None
        self._paths: dict[str, tuple[Category, ...]] = {}
        self._path_texts: dict[str, str] = {}
        """The paths computed so far and their texts, shared by all copies."""
        self._own: Mapping[str, Sequence[str]] | None = None
        for category in self._nodes.values():
            self._children[category.parent_id].append(category.id)

    @property
    def is_own(self) -> bool:
        return self._own is not None

    def restricted_to_shop(self, closed: Mapping[str, Sequence[str]]) -> CategoryTree:
        """A copy with one shop's permissions. `closed` has the statuses of categories that are not open to it."""
        self._ids_named("")  # Builds the index of names once, for all copies.
        tree = CategoryTree.__new__(CategoryTree)
        tree.__dict__.update(self.__dict__)  # `copy.copy` takes several times as long, and every product needs one.
        tree._own = closed
        return tree

    def __contains__(self, category_id: str) -> bool:
        return category_id in self._nodes

    def ids(self) -> list[str]:
        """All categories, in the platform's order."""
        return list(self._nodes)

    def is_leaf(self, category_id: str) -> bool:
        node = self._nodes.get(category_id)
        return node is not None and node.is_leaf

    def is_open(self, category_id: str) -> bool:
        """Whether this shop may list in the category without an invitation."""
        return category_id in self and is_open(self._statuses(category_id))

    def problem_with(self, category_id: str) -> str:
        """The reason why nothing can be listed there, as a predicate for the id; empty if listing is possible."""
        if category_id not in self:
            return "is not in the v2 tree of this region"
        if not self.is_leaf(category_id):
            return "is not a final category"
        return "" if self.is_open(category_id) else f"is {self.closed_because(category_id)}"

    def closed_because(self, category_id: str) -> str:
        statuses = self._statuses(category_id)
        if "PROHIBITED" in statuses:
            return "prohibited"
        if "NON_MAIN_CATEGORY" in statuses:
            return "outside the shop's main category"
        return "open to invited sellers only"

    def path(self, category_id: str) -> tuple[Category, ...]:
        """The categories from the root to this one; empty for an unknown category."""
        path = self._paths.get(category_id)
        if path is None and category_id in self._nodes:
            path = self._paths[category_id] = self._walk_up(category_id)
        return path or ()

    def _walk_up(self, category_id: str) -> tuple[Category, ...]:
        steps: dict[str, Category] = {}
        node = self._nodes.get(category_id)
        while node is not None and node.id not in steps:
            steps[node.id] = node
            node = self._nodes.get(node.parent_id)
        return tuple(reversed(steps.values()))

    def path_text(self, category_id: str) -> str:
        text = self._path_texts.get(category_id)
        if text is None:
            text = " > ".join(category.name.strip() for category in self.path(category_id))
            if text:
                self._path_texts[category_id] = text
        return text or category_id

    def is_descendant(self, category_id: str, ancestor_id: str) -> bool:
        return any(category.id == ancestor_id for category in self.path(category_id)[:-1])

    def leaves_under(self, category_id: str) -> list[str]:
        leaves: list[str] = []
        pending = [category_id]
        seen: set[str] = set()
        while pending:
            for child in self._children.get(pending.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    (leaves if self._nodes[child].is_leaf else pending).append(child)
        return sorted(leaves)

    def leaves_named(self, name: str) -> list[str]:
        return sorted(each for each in self._ids_named(name) if self._nodes[each].is_leaf)

    def with_path(self, names: Sequence[str]) -> list[str]:
        """Categories whose path contains these names in order and ends with the last; other levels may be in
        between.
        """
        wanted = [normalised(name) for name in names]
        return [each for each in self._ids_named(names[-1]) if self._has_in_order(each, wanted)] if names else []

    def _statuses(self, category_id: str) -> Sequence[str]:
        return self._nodes[category_id].permission_statuses if self._own is None else self._own.get(category_id, ())

    def _has_in_order(self, category_id: str, wanted: Sequence[str]) -> bool:
        steps = iter(normalised(category.name) for category in self.path(category_id))
        return all(any(step == name for step in steps) for name in wanted)

    def _ids_named(self, name: str) -> list[str]:
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for node in self._nodes.values():
                self._by_name[normalised(node.name)].append(node.id)
        return self._by_name.get(normalised(name), [])
