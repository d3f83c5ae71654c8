"""Mutation runs: a test should fail for every small mistake in the most important code."""
