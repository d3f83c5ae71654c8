"""Per-shop lanes in Redis: enqueue, lease, claim, commit, read. No other package composes lane keys."""
