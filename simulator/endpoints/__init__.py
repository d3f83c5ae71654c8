"""The simulated operations, one group per file."""
