"""The table of metrics, and the code and docs generated from it."""
