"""Settings and logging, and what is deployed beside the service."""
