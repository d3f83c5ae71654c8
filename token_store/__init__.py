"""Access and refresh tokens at rest: encrypted, in Redis, refreshed by one worker at a time."""
