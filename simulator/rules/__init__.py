"""What the platform refuses in the body of a listing, with its own codes; one concern a file. Pure."""
