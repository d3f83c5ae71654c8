"""The `relist` command-line interface."""
