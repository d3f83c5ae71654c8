"""A local fleet of real processes, for `relist demo`, tests and benchmarks."""
