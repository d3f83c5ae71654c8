"""What each operation answers; one group of operations a file."""
