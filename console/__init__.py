"""The `relist` command: what an operator types and sees."""
