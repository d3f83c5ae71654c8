"""LaneProducer and leases on arq: which shop a worker holds, when each job starts, and how its end is committed."""
