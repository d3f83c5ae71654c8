"""One experiment per function: it takes the workbench and returns what it found. Each file has one subject."""
