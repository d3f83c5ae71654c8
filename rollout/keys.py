"""The names of the rollout's keys in Redis. One hash tag: a transaction is one script on one cluster slot."""

from __future__ import annotations

GROUPS = "relist:{rollout}:groups"
"""Hash: key of a level -> `version JSON` of its record (codec.py)."""
FLEET = "relist:{rollout}:fleet"
"""String: `version JSON` of causes, voided and accepted fields, and the policies of single runs."""
EPOCH = "relist:{rollout}:epoch"
"""Counter: raised whenever the fleet's record changes. Workers that hold another number forget what they know."""
KEYS = (GROUPS, FLEET, EPOCH)
