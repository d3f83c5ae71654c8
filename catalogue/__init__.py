"""Cached category data of a region and a shop: trees, rules, attributes, brands."""
