"""Connections, addresses, scripts, errors and server time: the only room that opens a Redis connection."""
