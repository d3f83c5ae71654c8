"""The checks of `relist doctor`. Each finding explains how to fix the problem."""
