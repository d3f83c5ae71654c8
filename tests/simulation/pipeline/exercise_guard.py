"""Lets random edits ask the rollout, and compares each answer and each count with a second implementation.

A world has few products, so its gates seldom open, and it seldom sees a stop by audits or a look that comes too late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random

from rollout.admission import admit
from rollout.audit_evidence import audit_ended
from rollout.edit import Decision, Edit
from rollout.outcome import Admitted, Changed, Clean, Damaged, NotSeen, NotSent, Permit, ReadBack
from rollout.policy import Gate, RolloutPolicy
from rollout.read_back_evidence import read_back_ended
from rollout.records import Book, LevelRecord, RolloutState
from tests.simulation.pipeline.model_of_guard import Level, ModelOfGuard

POLICIES = (
    RolloutPolicy("normal", 2, 7, 2, 5, Gate(8, 0, 3, 2), None),
    RolloutPolicy("careful", 2, 5, 1, 5, Gate(4, 0, 4, 1), Gate(2, 1, 4), Gate(3, 1, 0)),
    RolloutPolicy("careful", 2, 5, 1, 5, Gate(4, 0, 4, 1), Gate(2, 1, 4), Gate(3, 0, 0)),
    RolloutPolicy("off", 2, 7, 2, 5, Gate(8, 0, 3, 2), None, holds=False),
)
LEAVES, SHOPS, FIELDS = ("600001", "600002"), ("7001", "7002", "7003"), ("title", "description", "brand", "skus")
DECISIONS = (Decision("mapping", "v1", "c1", "t1"), Decision("mapping", "v2", "c2", "t2"))
UNDO = Decision("undo", "v3", "c3", "t3")
BEGIN = 1_800_000_000_000
P0_AUDITS, P0_REJECTIONS = 2_000, 40
MODELLED = ("release/", "leaf/", "field/", "decision/MX/")
"""Causes of the model; the others are taken from the rollout."""


class GuardExercise:
    def __init__(self, random: Random, report: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self._random, self._tell, self._now = random, tell, BEGIN
        self._problems: list[str] = []
        self._report_first = report
        (self._policy,) = random.choices(POLICIES, (4, 4, 2, 1))
        self._rejects = random.choice((0.0, 0.1, 0.5))
        self._loses = random.choice((0.0, 0.1, 0.4))
        self._finds = random.choice(((Damaged, Changed), (Damaged, Changed), (Changed,)))
        """Results of looks that do not find the product as it should be."""
        self._book = Book(RolloutState(), defaultdict(LevelRecord))
        self._model = ModelOfGuard(self._policy, defaultdict(Level))
        self._looks: list[Permit] = []
        self._audits: list[Permit] = []

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self._now += self._random.choice((1, 200, 1_000, 5_000, 119_000, 1_300_000))
            if self._random.random() < 0.03:
                self._now += self._book.group("market/MX").cohort.patience
            self._model.causes |= {key for key in self._book.fleet.causes if not key.startswith(MODELLED)}
            self._model.replaced = {key: each.under for key, each in self._book.fleet.causes.items() if each.under}
            (act,) = self._random.choices((self._ask, self._look, self._audit), (6, 5 if self._looks else 0, 4))
            act()
            if found := self._difference():
                self._report(f"guard: {found}")
            if self._problems:
                self._report_first(self._problems[0])
                return

    def _report(self, problem: str) -> None:
        self._problems.append(problem)

    def _edit(self) -> Edit:
        random = self._random
        decisions = random.choice(((), (), (DECISIONS[0],), (DECISIONS[0],), (DECISIONS[1],)))
        names = frozenset(name for name in FIELDS if random.random() < 0.5)
        product = str(random.randrange(12))
        undoes = random.choice(sorted(self._model.causes)) if self._model.causes and random.random() < 0.2 else ""
        decisions = (UNDO,) if undoes else decisions
        return Edit(random.choice(SHOPS), product, "MX", "r1", random.choice(LEAVES), decisions, names, undoes=undoes)

    def _ask(self) -> None:
        edit = self._edit()
        patience = self._book.group(edit.market_key).cohort.patience
        answer = admit(self._book, edit, self._policy, self._now)
        right = self._model.admit(edit, patience, self._now)
        what = edit.decision_keys[0] if edit.decisions else f"leaf {edit.leaf}, which it keeps"
        self._note(
            f"an edit of product {edit.product} ({what}; fields {', '.join(sorted(edit.fields)) or 'none'}) asks"
        )
        if isinstance(answer, Admitted):
            told = f"lets product {edit.product} into {', '.join(answer.permit.windows) or 'no window'}"
            if not isinstance(right, Permit):
                self._report(f"guard: the rollout {told}, it should wait for {right[0]}")
            elif right.windows != answer.permit.windows or set(right.looks) != set(answer.permit.looks):
                self._report(f"guard: the rollout {told}, it should be {', '.join(right.windows)}")
            elif answer.read_back != self._is_read_back(right):
                self._report(f"guard: the edit of product {edit.product} is{' not' * (not answer.read_back)} read back")
            self._audits.append(answer.permit)
            if answer.read_back:
                self._looks.append(answer.permit)
        elif isinstance(right, Permit):
            self._report(f"guard: product {edit.product} waits for {answer.cause}, and may be edited")
        elif (answer.cause, answer.stopped) != right[:2]:
            self._report(f"guard: product {edit.product} waits for {answer.cause}, it should wait for {right[0]}")
        elif abs(answer.retry_after - right[2]) > 1e-6:
            told = f"asks again in {answer.retry_after:g} s for {answer.cause}"
            self._report(f"guard: product {edit.product} {told}, it should ask in {right[2]:g} s")

    def _is_read_back(self, permit: Permit) -> bool:
        edit = permit.edit
        windows = {edit.leaf_key, edit.release_key, edit.release_market_key} & {*self._windows(permit)}
        is_gated = any(edit.product in self._model.levels[key].auditing for key in permit.windows)
        return bool(permit.looks or windows or (edit.undoes and is_gated))

    def _note(self, text: str) -> None:
        self._tell(f"{(self._now - BEGIN) / 1000:g} s: {text}")

    def _windows(self, permit: Permit) -> list[str]:
        """The windows in which its look is awaited."""
        return [key for key in permit.windows if permit.edit.product in self._model.levels[key].looking]

    def _look(self) -> None:
        permit = self._looks.pop(self._random.randrange(len(self._looks)))
        names = tuple(sorted(name for name in permit.edit.fields if self._random.random() < 0.5))
        result: ReadBack = self._random.choice((Clean(), Clean(), Clean(), Clean(), NotSeen(), NotSent()))
        # Damage by an undo is not modelled.
        if names and not permit.edit.undoes and self._random.random() < self._loses:
            result = self._random.choice(self._finds)(names)
        self._note(f"a look at product {permit.edit.product} ends: {type(result).__name__} {', '.join(names)}")
        if isinstance(result, NotSent) and permit in self._audits:
            self._audits.remove(permit)
        read_back_ended(self._book, permit, result, self._policy, self._now)
        self._model.look_ended(permit, type(result).__name__, names, self._now)

    def _audit(self) -> None:
        if not self._audits:
            return
        permit = self._audits.pop(self._random.randrange(min(3, len(self._audits))))
        was_rejected = self._random.random() < self._rejects
        self._note(f"the audit of product {permit.edit.product} ends: {'rejected' if was_rejected else 'passed'}")
        market = self._book.group(permit.edit.market_key)
        rate = (market.rejections + P0_REJECTIONS) / (market.passes + market.rejections + P0_AUDITS)
        audit_ended(self._book, permit, was_rejected, self._policy, self._now)
        self._model.audit_ended(permit, was_rejected, min(max(0.03, 1.5 * rate), 0.10), self._now)

    def _difference(self) -> str:
        """The first count that differs from the second implementation's."""
        causes = {key for key in self._book.fleet.causes if key.startswith(MODELLED)}
        right = {key for key in self._model.causes if key.startswith(MODELLED)}
        if wrong := sorted(causes ^ right):
            return f"{wrong[0]} is {'' if wrong[0] in causes else 'not '}stopped, which is wrong"
        for key in sorted(self._book.groups.keys() | self._model.levels.keys()):
            if key.startswith(("market/", "rule/")):
                continue
            group, level = self._book.groups[key], self._model.levels[key]
            for name in ("clean", "looking", "passes", "rejections", "unknown", "best", "filled"):
                if getattr(group, name) != getattr(level, name):
                    return f"`{name}` of {key} is {getattr(group, name)}, it should be {getattr(level, name)}"
            if abs(group.score - level.score) > 1e-6:
                return f"the score of {key} is {group.score:g}, it should be {level.score:g}"
            in_audit = {name: each.rejected for name, each in group.auditing.items()}
            if in_audit != (wanted := {name: each.was_rejected for name, each in level.auditing.items()}):
                return f"the edits of {key} in audit are {in_audit}, they should be {wanted} (product: rejected)"
            if key.startswith("leaf/"):
                for name, here, there in (
                    ("fields", group.fields, self._model.fields.get(key, {})),
                    ("asked", group.asked, self._model.asked.get(key, {})),
                ):
                    if here != there:
                        return f"`{name}` of {key} is {here}, it should be {there}"
        return ""
