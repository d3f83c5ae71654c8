"""What people must answer: out as a sheet with only the missing cells, in again as jobs with the answers."""
