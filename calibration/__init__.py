"""Measures how the platform behaves on a development shop: one experiment per fact, through the documented API
alone.
"""
