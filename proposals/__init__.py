"""Proposes values for missing attributes from the product's own words and from what is already known. Pure.

`propose.py` is the entry point: it ranks the allowed values of each missing attribute. `reader.py` finds values in the
product's texts, `siblings.py` learns from products whose values are known, and `risk.py` states how often proposals
are wrong.
"""
