"""Pure rules for the body of a listing, with the platform's codes; one concern per file."""
