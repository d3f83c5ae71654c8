"""Codes that several rules share."""

from __future__ import annotations

OVERLOADED = 36009004
"""The platform's code for a dozen failures of the request itself, which only the message tells apart."""
