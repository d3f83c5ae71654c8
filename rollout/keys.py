"""The rollout's Redis keys. They share a hash tag, since a transaction is one script on one cluster slot."""

from __future__ import annotations

GROUPS = "relist:{rollout}:groups"
"""Hash: key of a level -> its record as `version JSON` (codec.py)."""
FLEET = "relist:{rollout}:fleet"
"""String: `version JSON` of causes, voided and accepted fields, and the policies of single runs."""
EPOCH = "relist:{rollout}:epoch"
"""Counter, incremented when the fleet's record changes. A worker with a different number discards its cached view."""
KEYS = (GROUPS, FLEET, EPOCH)
