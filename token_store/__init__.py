"""Access and refresh tokens, encrypted in Redis and refreshed by one process at a time."""
