"""Everything that feeds jobs: the Redis stream, webhooks, searches, files."""
