"""The values of known products as evidence for others."""

from __future__ import annotations

from random import Random

from proposals.siblings import ValueModel

VALUES = ("Cotton", "Wool", "Silk", "Leather", "Linen")


def test_one_feature_that_goes_with_a_value_outweighs_many_that_do_not() -> None:
    rng, model = Random(1), ValueModel()
    words = [f"word{number}" for number in range(60)]
    for number in range(200):
        own = VALUES[number % 5] if rng.random() < 0.7 else rng.choice(VALUES)
        model.learn([f"brand={number % 5}", *rng.sample(words, 12)], own)
    right = 0
    for number in range(100):
        chances = model.distribution([f"brand={number % 5}", *rng.sample(words, 12)], VALUES)
        right += max(chances, key=lambda value: chances[value]) == VALUES[number % 5]
    assert right >= 95


def test_a_feature_seen_once_says_little() -> None:
    model = ValueModel()
    for number in range(40):
        model.learn(["shirt"], VALUES[0] if number else VALUES[1])
    model.learn(["shirt", "rare"], VALUES[1])
    chances = model.distribution(["shirt", "rare"], VALUES)
    assert chances[VALUES[0]] > chances[VALUES[2]]


def test_without_examples_all_values_are_as_likely() -> None:
    assert ValueModel().distribution(["shirt"], VALUES[:2]) == {"Cotton": 0.5, "Wool": 0.5}
    assert ValueModel().distribution(["shirt"], ()) == {}
