"""Connects shops: from a seller's consent, or the tokens it gave, to stored tokens, ciphers, regions and names."""
