"""Plain data shared by several packages: job, outcome, blocked product, shop. Pure."""
