"""The engine of a worker: holds shops by lease, starts each job when it may send, and commits the results."""
