"""Reads the state of the fleet, for metrics, the command line and the web UI."""
