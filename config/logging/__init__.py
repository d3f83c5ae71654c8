"""Structured logging: setup, the table of log events, redaction of secrets."""
