"""A whole fleet of real processes on this machine: for `relist demo`, tests and benchmarks."""
