"""Reads every table an operator hands in: CSV of any dialect and encoding, and XLSX. Bounded in bytes and time.

`read_file` or `read_content` returns sheets of cleaned cells; `records` finds the columns of a sheet by their headings.
"""
