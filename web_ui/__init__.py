"""The web UI: progress, blocking reasons, worklists, pause and resume, and the history of one product."""
