"""The arq worker: lanes and leases on arq, pacing, one file for each kind of job, the relist pipeline a file a step."""
