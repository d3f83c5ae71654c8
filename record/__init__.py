"""The record of every edit with its before-image, and of the current state of every product.

Reading order: entry.py and state.py (the data), codec.py (bytes and checksums), scope.py (queries), record.py (the
interface), group_commit.py, then the two backends sqlite/ and postgres/.
"""
