"""The domain logic, which decides under which v2 leaf a product belongs and which edit moves it there.

All functions are pure. `plan.py` is the entry point, and the worker gathers its inputs.
"""
