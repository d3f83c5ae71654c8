"""Connects shops: turns a seller's consent, or tokens obtained with it, into stored tokens, ciphers, regions and
names.
"""
