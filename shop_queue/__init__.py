"""Per-shop lanes in Redis: enqueue, lease, claim, commit, read. No other room composes lane keys."""
