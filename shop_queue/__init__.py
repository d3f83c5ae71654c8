"""Per-shop lanes in Redis: enqueue, lease, claim, commit; the job and outcome records."""
