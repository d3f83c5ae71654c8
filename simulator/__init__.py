"""A simulated TikTok Shop that validates as strictly as the platform, for the demo, the tests and the benchmarks."""
