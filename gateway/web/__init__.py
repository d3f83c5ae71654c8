"""The page for people: progress, what one answer unlocks, worklists, pause and resume, one product's evidence."""
