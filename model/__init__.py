"""Plain data that several rooms share: job, outcome, blocked product, shop. Pure."""
