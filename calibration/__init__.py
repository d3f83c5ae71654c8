"""Measures the platform's habits on a development shop: one experiment per fact, over the documented API alone."""
