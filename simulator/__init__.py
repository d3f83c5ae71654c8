"""A TikTok Shop in a process, as strict as the platform: for the demo, the tests and the benchmarks."""
