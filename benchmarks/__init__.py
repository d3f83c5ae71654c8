"""Benchmarks: each module is a command that measures this project and its peers in one run (docs/benchmarks.md)."""
