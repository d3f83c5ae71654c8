"""Deterministic simulation: the real code in one process, on a virtual clock, among seeded faults (README.md)."""
