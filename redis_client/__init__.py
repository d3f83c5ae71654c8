"""Connections, addresses, scripts, errors and server time: the only place that opens a Redis connection."""
