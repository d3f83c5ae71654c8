"""Groups the reasons of parked shops into a few labels for metrics and alerts. Pure."""

from __future__ import annotations

import re

LABELS = (
    ("the platform refuses the shop's token", "token"),
    ("the shop's token has expired", "token_service"),
    ("the platform refuses the app", "app_credentials"),
    ("a worker lacks the app", "app_credentials"),
    ("this machine's IP address", "allow_list"),
    ("the app lacks a permission", "scope"),
    ("the seller has withdrawn", "deauthorised"),
    ("the tokens of account", "wrong_shop"),
    ("the seller's account", "seller"),
    ("the shop's daily quota", "quota"),
    ("the sandbox shop's hourly quota", "quota"),
    ("v2 opens in", "market"),
    ("the API does not answer", "platform"),
    ("the platform refuses products with code", "unknown_code"),
    ("the journal", "record"),
    ("the record", "record"),
    ("the stored tokens", "token_key"),
    ("the cipher of shop", "wrong_shop"),
    ("Redis refuses", "redis"),
)
"""Prefix of a reason -> label; the first match wins."""
OTHER = "other"
_DETAILS = re.compile(r",? request [\w-]+|(?<=account) \d+|(?<=of shop) \d+|(?<=\()[a-z]+(?:_[a-z]+)+: ")
"""Parts of a reason that differ from shop to shop."""
PARK_LABELS = frozenset(label for _, label in LABELS) | {OTHER}


def park_label(reason: str) -> str:
    """Return the label of a park reason. Reasons end with details that must not become label values."""
    return next((label for beginning, label in LABELS if reason.startswith(beginning)), OTHER)


def shared_reason(reason: str) -> str:
    """Return the reason without request, endpoint, account and shop, so that a cause is shown once with its shops."""
    return _DETAILS.sub("", reason)
