"""Mutation runs: does a test fail for every small mistake in what matters most?"""
