"""What operators can do in the web UI. Each action says beforehand what it does, and calls what the command calls."""
