"""The number of Hypothesis examples, by profile: `make test` runs few, `.ci/run` all of them."""

from __future__ import annotations

from hypothesis import settings

FAST_EXAMPLES = 25
THOROUGH_EXAMPLES = 100
"""The default of Hypothesis."""


def at_most(examples: int) -> settings:
    """Settings for a test whose number of examples differs from the default: `examples`, or fewer in a fast run."""
    return settings(max_examples=min(examples, settings().max_examples))


def more(examples: int) -> settings:
    """Settings for a test that needs more examples than others, in proportion to the profile."""
    return settings(max_examples=max(FAST_EXAMPLES, examples * settings().max_examples // THOROUGH_EXAMPLES))
