"""The checks of `relist doctor`. Each finding says how to fix the problem."""
