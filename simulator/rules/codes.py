"""Error codes that several rules share."""

from __future__ import annotations

OVERLOADED = 36009004
"""The platform's code for a dozen kinds of invalid requests, which only the message distinguishes."""
