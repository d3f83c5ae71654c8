"""Reads the operators' tables, CSV of any dialect and encoding or XLSX, with limits on size and time.

`read_file` and `read_content` return sheets of cleaned cells. `records` finds the columns of a sheet by heading.
"""
