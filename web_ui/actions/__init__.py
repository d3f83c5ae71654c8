"""The actions of operators in the web UI. Each is confirmed first, and calls the same functions as the corresponding
command.
"""
