"""One file for each kind of job: what is done when its turn has come."""
