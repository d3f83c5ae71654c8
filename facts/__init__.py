"""Facts about the platform as data: what is known, from where, since when, and what depends on it."""
