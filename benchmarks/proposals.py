"""Measures attribute proposals: how often the right value is first, how many are filled in, and how often wrongly.

The products are split by title, so that copies are on one side: half have known values, from which the proposer learns
and on which the risk is calibrated; the other half is judged with all of its values missing.

    python -m benchmarks.proposals                                # a generated world
    python -m benchmarks.proposals --data products.jsonl.gz       # public data (benchmarks/proposal_data.py)
    python -m benchmarks.proposals --data a.jsonl --data b.jsonl --seeds 5
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.proposal_data import CHARACTERS, UNLEARNABLE, LabelledCatalogue, LabelledProduct, from_file, generated
from benchmarks.proposal_traps import cases, cases_by_attribute, cases_by_hand, compounds
from benchmarks.result import Result, Target, keep, show
from catalogue.known_values import MAX_EXAMPLES, MAX_TESTED
from proposals.leaf_index import LeafIndex, leaf_index
from proposals.propose import UNSTATED, Proposal, features_of, propose
from proposals.reliability import Statement
from proposals.risk import Certificate, NotCertifiable, Tally, bucket, decide, needed_tests, upper_bound
from proposals.siblings import ValueModel
from proposals.words import market_languages
from relisting.names import normalised
from tiktok_shop.catalogue import Attribute

RISK = 0.01
GENERATED = 6_000
Group = tuple[str, str]
"""Leaf and group of proposals (`Proposal.group`)."""


@dataclass(slots=True)
class Learned:
    """Knowledge after some products, gathered as by a worker: each product is a test before it becomes an example."""

    indexes: dict[str, LeafIndex]
    models: defaultdict[str, dict[str, ValueModel]] = field(default_factory=lambda: defaultdict(dict))
    tests: defaultdict[Group, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_group: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    all_tests: Tally = field(default_factory=Tally)
    products: Counter[str] = field(default_factory=Counter)

    def levels(self, group: Group) -> list[Tally]:
        """As `KnownLeaf.levels_to_borrow`."""
        levels = [self.tests[group], self.by_group[group[1]]]
        return levels if group[1].endswith(UNSTATED) else [*levels, self.all_tests]

    def learn(self, product: LabelledProduct) -> None:
        self.products[product.leaf] += 1
        if self.products[product.leaf] > MAX_TESTED:
            return
        stated: dict[str, Statement | None] = {}
        for each in propose(self.indexes[product.leaf], product.body, product.values, self.models[product.leaf]):
            stated[each.attribute.id] = each.stated
            wrong = first_of(each) not in product.values[each.attribute.id]
            self.tests[(product.leaf, each.group)].add(each.first.score, wrong)
            self.by_group[each.group].add(each.first.score, wrong)
            if each.first.is_read:
                self.all_tests.add(each.first.score, wrong)
        if self.products[product.leaf] > MAX_EXAMPLES:
            return
        features = features_of(product.body, self.indexes[product.leaf].languages, {})
        for name, values in product.values.items():
            self.models[product.leaf].setdefault(name, ValueModel()).learn(features, min(values), stated[name])


@dataclass(slots=True)
class Score:
    values: int = 0
    first: int = 0
    third: int = 0
    filled: int = 0
    wrong: int = 0
    groups: Counter[Group] = field(default_factory=Counter)
    wrong_groups: Counter[Group] = field(default_factory=Counter)
    certified: int = 0
    fewest_needed: int = 0
    """Further answers after which the first group may be certified; 0 if one already is."""
    all_groups: int = 0
    cpu: float = 0.0
    products: int = 0

    def add(self, other: Score) -> None:
        for name in ("values", "first", "third", "filled", "wrong", "certified", "all_groups", "products"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fewest_needed = min(self.fewest_needed, other.fewest_needed) if self.cpu else other.fewest_needed
        self.cpu += other.cpu
        self.groups += other.groups
        self.wrong_groups += other.wrong_groups


def first_of(proposal: Proposal) -> str:
    return proposal.attribute.values[proposal.first.value].id


def split(products: Sequence[LabelledProduct], seed: int) -> tuple[list[LabelledProduct], list[LabelledProduct]]:
    """Known and judged products; products with equal titles are on one side."""
    rng, sides = random.Random(seed), dict[str, bool]()
    known: list[LabelledProduct] = []
    judged: list[LabelledProduct] = []
    for product in sorted(products, key=lambda _: rng.random()):
        is_known = sides.setdefault(normalised(str(product.body["title"])), rng.random() < 0.5)
        (known if is_known else judged).append(product)
    return known, judged


def judge(learned: Learned, judged: Iterable[LabelledProduct]) -> Score:
    score = Score()
    verdicts = {group: decide(learned.levels(group), RISK) for group in learned.tests}
    score.certified = sum(isinstance(verdict, Certificate) for verdict in verdicts.values())
    score.all_groups = len(learned.tests)
    if not score.certified:
        needed = [verdict.needed for verdict in verdicts.values() if isinstance(verdict, NotCertifiable)]
        score.fewest_needed = min(needed, default=needed_tests(RISK))
    for product in judged:
        began = time.process_time()
        found = propose(learned.indexes[product.leaf], product.body, product.values, learned.models[product.leaf])
        score.cpu += time.process_time() - began
        score.products += 1
        for each in found:
            right, group = product.values[each.attribute.id], (product.leaf, each.group)
            ids = [each.attribute.values[candidate.value].id for candidate in each.candidates[:3]]
            score.values += 1
            score.first += ids[0] in right
            score.third += bool(right & set(ids))
            verdict = verdicts.get(group)
            if isinstance(verdict, Certificate) and bucket(each.first.score) >= verdict.threshold:
                score.filled += 1
                score.wrong += ids[0] not in right
                score.groups[group] += 1
                score.wrong_groups[group] += ids[0] not in right
    return score


def baselines(
    catalogue: LabelledCatalogue, known: Sequence[LabelledProduct], judged: Sequence[LabelledProduct]
) -> dict[str, tuple[int, int, int]]:
    """Name -> proposed, right, values."""
    commonest: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for product in known:
        for name, values in product.values.items():
            commonest[(product.leaf, name)].update(values)
    counts = {
        name: [0, 0, 0] for name in ("exact match of allowed values in the title", "token overlap", "commonest value")
    }
    rules: dict[str, Callable[[LabelledProduct, Attribute], str | None]] = {
        "exact match of allowed values in the title": _exact,
        "token overlap": _overlap,
        "commonest value": lambda product, attribute: next(
            (value for value, _ in commonest[(product.leaf, attribute.id)].most_common(1)), None
        ),
    }
    for product in judged:
        for attribute in catalogue.attributes[product.leaf]:
            if attribute.id not in product.values:
                continue
            for name, rule in rules.items():
                value = rule(product, attribute)
                counts[name][0] += value is not None
                counts[name][1] += value in product.values[attribute.id]
                counts[name][2] += 1
    return {name: (proposed, right, total) for name, (proposed, right, total) in counts.items()}


def _exact(product: LabelledProduct, attribute: Attribute) -> str | None:
    title = f" {' '.join(str(product.body['title']).casefold().split())} "
    found = [value for value in attribute.values if f" {value.name.casefold()} " in title]
    return max(found, key=lambda value: len(value.name)).id if found else None


def _overlap(product: LabelledProduct, attribute: Attribute) -> str | None:
    title = set(str(product.body["title"]).casefold().split())
    shares = {
        value.id: len(title & (own := set(value.name.casefold().split()))) / len(own) for value in attribute.values
    }
    best = max(shares, key=lambda each: shares[each])
    return best if shares[best] > 0 else None


def traps() -> tuple[int, int, int, int]:
    """The numbers of traps, traps whose wrong value is read, plain statements, and plain statements that are read."""
    trapped = wrong = plain = right = 0
    for case in (*cases(), *cases_by_hand(), *cases_by_attribute(), *compounds()):
        index = leaf_index((case.attribute,), market_languages(case.region))
        (found,) = propose(index, {"title": case.title}, {case.attribute.id}, {})
        value = first_of(found) if found.first.is_read else None
        if case.right is None:
            trapped, wrong = trapped + 1, wrong + (value == case.wrong)
        else:
            plain, right = plain + 1, right + (value == case.right)
    return trapped, wrong, plain, right


def measure(name: str, catalogue: LabelledCatalogue, seeds: Sequence[int]) -> tuple[list[list[str]], list[Target]]:
    languages = market_languages(catalogue.region)
    indexes = {leaf: leaf_index(attributes, languages) for leaf, attributes in catalogue.attributes.items()}
    scores = {"nothing known": Score(), "half known, no answers": Score(), "half known, a fifth answered": Score()}
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for seed in seeds:
        known, judged = split(catalogue.products, seed)
        scores["nothing known"].add(judge(Learned(indexes), judged))
        learned = Learned(indexes)
        for product in known:
            learned.learn(product)
        scores["half known, no answers"].add(judge(learned, judged))
        fifth = len(judged) // 5
        for product in judged[:fifth]:
            learned.learn(product)
        scores["half known, a fifth answered"].add(judge(learned, judged[fifth:]))
        for rule, counts in baselines(catalogue, known, judged).items():
            totals[rule] = [a + b for a, b in zip(totals[rule], counts, strict=True)]
    rows = [
        [
            name,
            rule,
            f"{total:,}",
            f"{proposed / total:.1%}",
            f"{right / total:.1%}",
            "",
            "",
            "",
            f"{right / max(1, proposed):.1%} of proposed right",
            "",
        ]
        for rule, (proposed, right, total) in totals.items()
    ]
    rows += [[name, case, *_cells(score)] for case, score in scores.items()]
    return rows, _bars(name, scores["half known, no answers"], scores["half known, a fifth answered"])


def _bars(name: str, first: Score, answered: Score) -> list[Target]:
    """Judges only the bound if the catalogue offers nothing to learn beyond the titles."""
    bad = sum(is_worse(count, first.wrong_groups[group]) for group, count in first.groups.items())
    bounds = [
        Target(f"{name}: wrong of those filled, no answers", first.wrong / max(1, first.filled), at_most=0.01),
        Target(f"{name}: groups worse than 1 %, no answers", bad / max(1, len(first.groups)), at_most=0.05),
        Target(f"{name}: ms of CPU per product", 1000 * first.cpu / first.products, at_most=2.0),
    ]
    if name.endswith(UNLEARNABLE):
        return bounds
    return [
        Target(f"{name}: right value first, no answers", first.first / first.values, at_least=0.8),
        Target(f"{name}: right value among three, no answers", first.third / first.values, at_least=0.95),
        Target(f"{name}: filled at 1 %, no answers", first.filled / first.values, at_least=0.5),
        Target(f"{name}: right value first, a fifth answered", answered.first / answered.values, at_least=0.88),
        Target(f"{name}: filled at 1 %, a fifth answered", answered.filled / answered.values, at_least=0.6),
        *bounds,
    ]


def _cells(score: Score) -> list[str]:
    bad = [group for group, count in score.groups.items() if is_worse(count, score.wrong_groups[group])]
    interval = (
        f"{score.wrong} of {score.filled}, at most {upper_bound(score.filled, score.wrong):.2%}"
        if score.filled
        else "none"
    )
    certified = f"{score.certified} of {score.all_groups} group splits certified; {len(bad)} groups worse than 1 %"
    if not score.certified:
        certified = f"not certifiable yet: {score.fewest_needed:,} more answers needed in a group"
    return [
        f"{score.values:,}",
        "100.0%",
        f"{score.first / score.values:.1%}",
        f"{score.third / score.values:.1%}",
        f"{score.filled / score.values:.1%}",
        interval,
        certified,
        f"{1000 * score.cpu / score.products:.2f}",
    ]


def is_worse(decided: int, wrong: int, risk: float = RISK) -> bool:
    """Whether this many errors have a chance below 5 % if the error rate were `risk`."""
    return wrong > 0 and upper_bound(decided, wrong - 1, 0.05) > risk


def run(paths: Sequence[Path], seeds: Sequence[int], *, quick: bool) -> Result:
    catalogues = {path.name: from_file(path) for path in paths} or {
        f"generated, {name}": generated(1, GENERATED // 10 if quick else GENERATED, character)
        for name, character in CHARACTERS.items()
    }
    rows: list[list[str]] = []
    bars: list[Target] = []
    for name, catalogue in catalogues.items():
        added, reached = measure(name, catalogue, seeds)
        rows, bars = rows + added, bars + reached
    trapped, wrong, plain, right = traps()
    rows.append(["traps", "wrong value read first", f"{trapped}", "", f"{wrong / trapped:.1%}", "", "", "", "", ""])
    rows.append(
        ["plain statements", "right value read first", f"{plain}", "", f"{right / plain:.1%}", "", "", "", "", ""]
    )
    bars.append(Target("traps: wrong value read first", wrong / trapped, at_most=0.08))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Result(
        "Attribute proposals",
        f"{len(seeds)} splits of each catalogue by title; all values of a judged product are missing; risk {RISK:.0%}",
        ["catalogue", "case", "values", "proposed", "right first", "in three", "filled", "wrong", "groups", "CPU ms"],
        rows,
        bars,
        {"traps": trapped, "traps_wrong": wrong, "plain": plain, "plain_right": right},
        [f"peak memory {megabytes:,.0f} MB"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proposals")
    parser.add_argument(
        "--data", action="append", type=Path, default=[], help="JSON lines of products; may be repeated"
    )
    parser.add_argument("--seeds", type=int, default=3, help="number of splits")
    parser.add_argument("--quick", action="store_true", help="one split of a small generated world; not kept")
    given = parser.parse_args()
    began = time.perf_counter()
    result = run(given.data, range(1 if given.quick else given.seeds), quick=given.quick)
    show(result)
    if not given.data:
        keep("proposals", result, time.perf_counter() - began, quick=given.quick)


if __name__ == "__main__":
    main()
