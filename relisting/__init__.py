"""The domain: decides which v2 leaf a product belongs under and which edit moves it there.

Pure: plain data in, decisions out. `plan.py` is the entry point; the worker gathers its inputs.
"""
