"""The processes that are measured: one module for each library, each run by the interpreter that has the library."""
