"""One experiment per function: it takes the workbench and returns its findings. Each file has one subject."""
