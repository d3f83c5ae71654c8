"""Connections, addresses, scripts, errors and server time: the only package that opens a Redis connection."""
