"""Split categories: how often the right leaf is first after a share of the products is answered, and how many are
decided.

    python -m benchmarks.split_categories                                # a generated world
    python -m benchmarks.split_categories --data products.jsonl.gz       # JSON lines with `title` and `path`

The products of one category are a group, whose leaves are its children. Copies of one title count once. Answers arrive
in random order; each tests the proposal before it is learned, as in a worker. With neighbours, half of the products
keep their leaf and are learned from before anyone answers. Baselines: the most common leaf of the group, and the leaf
with the most of its words in the title.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.json_lines import read_lines
from benchmarks.proposals import RISK, is_worse
from benchmarks.result import Result, Target, keep, show
from proposals.leaves import RankedLeaf, ranked_leaves
from proposals.propose import features_of
from proposals.risk import Certificate, Tally, bucket, decide
from proposals.siblings import ValueModel
from relisting.names import normalised
from relisting.second_opinion import shares
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category

SHARES = (0.02, 0.05, 0.1, 0.2)
RISKS = (RISK, RISK / 2)
NEIGHBOURS = 0.5
"""Share of the products that keep their leaf, in the case with neighbours."""
MIN_OF_LEAF, DEPTH = 10, 2
RESAMPLES, RESAMPLED = 100, 2_000
"""Orders of answers in which the bound is tested for each group, and products of the catalogue."""


@dataclass(frozen=True, slots=True)
class Product:
    leaf: str
    title: str


@dataclass(slots=True)
class Score:
    judged: int = 0
    first: int = 0
    third: int = 0
    commonest: int = 0
    words: int = 0
    decided: Counter[float] = field(default_factory=Counter)
    wrong: Counter[float] = field(default_factory=Counter)
    """By risk."""
    bad_groups: int = 0
    groups: int = 0
    broken: Counter[tuple[str, float]] = field(default_factory=Counter)
    """Group and risk -> orders of answers in which the errors among those decided contradict the bound."""
    cpu: float = 0.0


@dataclass(slots=True)
class Group:
    """One split category while its questions are being answered."""

    leaves: tuple[str, ...]
    tree: CategoryTree
    model: ValueModel = field(default_factory=ValueModel)
    tests: Tally = field(default_factory=Tally)
    counts: Counter[str] = field(default_factory=Counter)

    def ranked(self, product: Product) -> list[RankedLeaf]:
        body = {"title": product.title}
        chances = self.model.distribution(features_of(body, (), {}), self.leaves)
        return ranked_leaves(chances, shares(body, self.leaves, self.tree), [])

    def answer(self, product: Product) -> None:
        first = self.ranked(product)[0]
        self.tests.add(first.score, first.leaf != product.leaf)
        self.model.learn(features_of({"title": product.title}, (), {}), product.leaf)
        self.counts[product.leaf] += 1


def from_file(path: Path) -> dict[str, list[Product]]:
    found: defaultdict[str, dict[str, Product]] = defaultdict(dict)
    for row in read_lines(path):
        steps = [str(each) for each in row.get("path") or ()]
        if len(steps) > DEPTH:
            title = str(row["title"])
            found[" > ".join(steps[:DEPTH])].setdefault(normalised(title), Product(steps[DEPTH], title))
    groups: dict[str, list[Product]] = {}
    for name, products in found.items():
        counts = Counter(each.leaf for each in products.values())
        kept = [each for each in products.values() if counts[each.leaf] >= MIN_OF_LEAF]
        if len({each.leaf for each in kept}) > 1:
            groups[name] = kept
    return groups


def generated(seed: int, size: int, *, names_leaf: bool) -> dict[str, list[Product]]:
    """Two groups. With `names_leaf` most titles name their leaf, a few name another one; else they have three words,
    of which one in five goes with another leaf."""
    rng = random.Random(seed)
    groups: dict[str, list[Product]] = {}
    for name, leaves in LEAVES.items():
        products = []
        for number in range(size // len(LEAVES)):
            leaf = rng.choice(list(leaves))
            named = rng.choices((leaf, rng.choice(list(leaves)), ""), (0.85, 0.03, 0.12))[0] if names_leaf else ""
            own = [rng.choice(leaves[leaf if rng.random() < 0.8 else rng.choice(list(leaves))]) for _ in range(3)]
            words = [rng.choice(("New", "Premium", "Basic", "Classic")), *own, rng.choice(COMMON), f"M{number}"]
            rng.shuffle(words)
            products.append(Product(leaf, " ".join([*words, named.lower()])))
        groups[name] = products
    return groups


CASES = {"titles with the leaf's words": True, "free titles": False}
"""Whether the titles of the catalogue name the leaf."""
COMMON = ("black", "white", "gift", "sale", "large", "small", "2026", "set")
LEAVES = {
    "Kitchen": {
        "Storage jars": ["airtight", "glass", "pantry", "lid"],
        "Baking moulds": ["silicone", "cake", "muffin", "oven"],
        "Knife blocks": ["chef", "steel", "bamboo", "sharp"],
    },
    "Shoes": {
        "Sandals": ["summer", "strap", "beach", "open"],
        "Boots": ["winter", "ankle", "lined", "lace"],
        "Slippers": ["home", "plush", "cosy", "indoor"],
    },
}


def measure(groups: dict[str, list[Product]], share: float, seeds: Sequence[int], kept: float = 0.0) -> Score:
    """`kept` is the share of each group's products that keep their leaf; `share` of the others are answered."""
    score = Score()
    for seed in seeds:
        answered: list[tuple[str, Group, list[Product]]] = []
        pool = Tally()
        for name, products in sorted(groups.items()):
            order = sorted(products, key=lambda each: each.title)
            random.Random(f"{seed}/{name}").shuffle(order)
            neighbours = round(kept * len(order))
            known = neighbours + max(1, round(share * (len(order) - neighbours)))
            leaves = tuple(sorted({each.leaf for each in order}))
            group = Group(leaves, CategoryTree(Category(each, "0", each, True) for each in leaves))
            for product in order[:known]:
                group.answer(product)
            pool = pool.plus(group.tests)
            answered.append((name, group, order[known:]))
        for name, group, rest in answered:
            _judge(name, group, pool, rest, score)
    return score


def _judge(name: str, group: Group, pool: Tally, products: Sequence[Product], score: Score) -> None:
    verdicts = {risk: decide([group.tests, pool], risk) for risk in RISKS}
    commonest = group.counts.most_common(1)[0][0]
    decided, wrong = Counter[float](), Counter[float]()
    for product in products:
        began = time.process_time()
        found = group.ranked(product)
        score.cpu += time.process_time() - began
        said = shares({"title": product.title}, group.leaves, group.tree)
        is_right = found[0].leaf == product.leaf
        score.judged += 1
        score.first += is_right
        score.third += product.leaf in {each.leaf for each in found[:3]}
        score.commonest += commonest == product.leaf
        score.words += max(said, key=lambda each: said[each]) == product.leaf
        for risk, verdict in verdicts.items():
            if isinstance(verdict, Certificate) and bucket(found[0].score) >= verdict.threshold:
                decided[risk] += 1
                wrong[risk] += not is_right
    score.decided += decided
    score.wrong += wrong
    score.groups += 1
    broken = [(name, risk) for risk in RISKS if is_worse(decided[risk], wrong[risk], risk)]
    score.broken.update(broken)
    score.bad_groups += bool(broken)


def _held(name: str, is_named: bool, size: int) -> list[Target]:
    """The number of answer orders in which the bound held, for the worst group."""
    resamples = RESAMPLES if size >= RESAMPLED else RESAMPLES // 20
    groups = generated(2, min(size, RESAMPLED), names_leaf=is_named)
    score = measure(groups, 0.1, range(1_000, 1_000 + resamples), NEIGHBOURS)
    return [
        Target(
            f"{name}: resamples whose errors fit the bound of {risk:.1%}, worst group",
            1 - max(score.broken[group, risk] for group in groups) / resamples,
            at_least=0.95,
        )
        for risk in RISKS
    ]


def run(paths: Sequence[Path], seeds: Sequence[int], size: int) -> Result:
    catalogues = {path.name: from_file(path) for path in paths} or {
        name: generated(1, size, names_leaf=is_named) for name, is_named in CASES.items()
    }
    rows: list[list[str]] = []
    bars: list[Target] = []
    for name, groups in catalogues.items():
        for kept in (0.0, NEIGHBOURS):
            for share in SHARES:
                score = measure(groups, share, seeds, kept)
                rows.append([name, f"{kept:.0%}", *_cells(score, share)])
                if share == 0.1 and not kept:
                    bars += _bars(name, score)
                if kept and not paths and CASES[name]:
                    bars += _decided(name, share, score)
    if not paths:
        bars += [bar for name, is_named in CASES.items() for bar in _held(name, is_named, size)]
    return Result(
        "Split categories",
        f"{len(seeds)} orders of answers; risk {RISK:.0%}; copies of a title count once",
        [
            *("catalogue", "neighbours", "answered", "judged", "commonest", "words", "first", "in three"),
            *(*(f"decided at {risk:.1%}" for risk in RISKS), "groups worse", "CPU ms"),
        ],
        rows,
        bars,
        {},
        [],
    )


def _cells(score: Score, share: float) -> list[str]:
    at_risk = [
        f"{score.decided[risk] / score.judged:.1%}, {score.wrong[risk]} wrong" if score.decided[risk] else "none"
        for risk in RISKS
    ]
    return [
        *(f"{share:.0%}", f"{score.judged:,}", f"{score.commonest / score.judged:.1%}"),
        *(f"{score.words / score.judged:.1%}", f"{score.first / score.judged:.1%}"),
        *(f"{score.third / score.judged:.1%}", *at_risk, f"{score.bad_groups} of {score.groups}"),
        f"{1000 * score.cpu / score.judged:.2f}",
    ]


def _decided(name: str, share: float, score: Score) -> list[Target]:
    """The targets for titles that contain the leaf's words, with products that keep their leaf as additional tests."""
    targets = {0.02: ((RISKS[0], 0.6),), 0.1: ((RISKS[0], 0.8), (RISKS[1], 0.7))}
    return [
        Target(f"{name}: decided at {risk:.1%} after {share:.0%}", score.decided[risk] / score.judged, at_least=least)
        for risk, least in targets.get(share, ())
    ]


def _bars(name: str, score: Score) -> list[Target]:
    return [
        Target(f"{name}: right leaf first after 10 %", score.first / score.judged, at_least=0.85),
        Target(f"{name}: among three after 10 %", score.third / score.judged, at_least=0.95),
        Target(f"{name}: wrong of those decided", score.wrong[RISK] / max(1, score.decided[RISK]), at_most=RISK),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split_categories")
    parser.add_argument("--data", action="append", type=Path, default=[], help="JSON lines of products; repeatable")
    parser.add_argument("--seeds", type=int, default=2, help="number of orders of answers")
    parser.add_argument("--size", type=int, default=8_000, help="products of a generated catalogue")
    parser.add_argument("--quick", action="store_true", help="a small generated world; not kept")
    given = parser.parse_args()
    began = time.perf_counter()
    result = run(given.data, range(1 if given.quick else given.seeds), 1_000 if given.quick else given.size)
    show(result)
    if not given.data:
        keep("split_categories", result, time.perf_counter() - began, quick=given.quick)


if __name__ == "__main__":
    main()
