"""Groups the products of a plan so that a person can judge each group as a whole: by decision, or by question. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

MAX_EXAMPLES = 3
RULES = {
    "own_leaf": "keeps its category",
    "feeder": "the category was given by a person or a feed",
    "mapping": "a row of the mapping file",
    "webhook": "the platform moved it already",
    "same_path": "the same path of names",
    "recommended": "the platform recommends it and the title agrees",
    "agreed": "two recommendations agree",
    "proposal": "chosen without asking, because its risk is below RELIST_AUTOFILL_RISK",
}
NO_CHANGE = "nothing but the category tree changes"


@dataclass(slots=True)
class PlanGroup:
    key: str
    """Stable while the decision is the same."""
    is_ready: bool
    title: str
    """The old category and the new leaf, or the question."""
    why: str
    products: int = 0
    shops: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    """Changes other than the category -> number of products."""
    filled: Counter[str] = field(default_factory=Counter)
    """Values filled in without asking, or proposed -> number of products."""
    warnings: Counter[str] = field(default_factory=Counter)


def groups_of(entries: Iterable[Mapping[str, Any]]) -> list[PlanGroup]:
    """Edits first, then questions; the largest group first."""
    found: dict[str, PlanGroup] = {}
    for entry in entries:
        for group in _groups(entry):
            known = found.setdefault(group.key, group)
            known.products += 1
            known.shops.add(str(entry["shop_id"]))
            title = str(entry.get("title") or "")
            if title and title not in known.examples and len(known.examples) < MAX_EXAMPLES:
                known.examples.append(title)
            if group.is_ready:
                known.changes.update(str(each) for each in (entry.get("changes") or ())[1:])
                known.warnings.update(str(each) for each in entry.get("warnings") or ())
                known.filled.update(_filled(entry))
            else:
                known.filled.update(_proposed(entry, group))
    return sorted(found.values(), key=lambda each: (not each.is_ready, -each.products, each.key))


def edit_key(entry: Mapping[str, Any]) -> str:
    """The key of the group of an edit."""
    return _key("edit", entry.get("old_category"), entry.get("category_id"), entry.get("rule"))


def _groups(entry: Mapping[str, Any]) -> list[PlanGroup]:
    if entry["ready"]:
        changes = entry.get("changes") or ()
        title = str(changes[0] if changes else f"{entry.get('old_category')} → {entry.get('category_id')}")
        rule = str(entry.get("rule") or "")
        return [PlanGroup(edit_key(entry), True, title.removeprefix("category: "), RULES.get(rule, rule))]
    if entry.get("already_v2"):
        return [PlanGroup(_key("done"), False, "on v2 already", "nothing has to be done")]
    found = {}
    for reason in entry.get("reasons") or ():
        key = _key("ask", reason.get("code"), reason.get("attribute_id"), reason.get("message"))
        found[key] = PlanGroup(key, False, str(reason.get("message") or ""), f"asked of the {reason.get('actor')}")
    return list(found.values())


def _filled(entry: Mapping[str, Any]) -> list[str]:
    used = (entry.get("evidence") or {}).get("filled") or ()
    return [
        f"{use.get('attribute') or use.get('attribute_id')}: {use.get('value')}, "
        + ("filled in without asking" if use.get("rule") == "proposal" else "by a rule")
        for use in used
    ]


def _proposed(entry: Mapping[str, Any], group: PlanGroup) -> list[str]:
    """The first value of each reason of the group that has a score."""
    found = []
    for reason in entry.get("reasons") or ():
        first = next(iter(reason.get("allowed_values") or ()), None)
        if first and first.get("score") is not None and str(reason.get("message")) == group.title:
            found.append(f"proposed: {first.get('name')} ({first['score']:.0%})")
    return found


def _key(*parts: object) -> str:
    return sha256("\n".join(str(part or "") for part in parts).encode()).hexdigest()[:10]
