"""The measured processes: one module per library, run by the interpreter in which that library is installed."""
