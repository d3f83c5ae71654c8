"""The relist pipeline, one file a step. Resolve, carry, merge and validate are pure: plain data in, decisions out."""
