"""What `relist doctor` looks at, one file a part; each finding says how to fix what it found."""
