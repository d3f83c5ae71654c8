"""One file per command, named after the command."""
