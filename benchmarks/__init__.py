"""Each module is a command that prints a table, with its peers beside us in the same run (docs/benchmarks.md)."""
