"""The worker process: engine, job kinds, metrics, and the wiring that joins them."""
