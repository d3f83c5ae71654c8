"""The cached catalogue of a region and a shop: trees, rules, attributes and brands."""
