"""The read model of the fleet, shared by metrics, the command line and the web UI."""
