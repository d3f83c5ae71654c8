"""The worker process: engine, job kinds, metrics and wiring."""
