"""The operations, one group per file."""
