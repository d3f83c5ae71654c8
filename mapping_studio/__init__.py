"""Suggests v2 leaves for a seller's own category paths, and prepares mapping files. Pure."""
