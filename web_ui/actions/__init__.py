"""The orders that operators give in the web UI. Each is announced first, and calls what its command calls."""
