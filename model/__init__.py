"""Plain data shared by several rooms: job, outcome, blocked product, shop. Pure."""
