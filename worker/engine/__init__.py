"""The engine of a worker, which leases shops, starts each job when it may send, and commits the results."""
