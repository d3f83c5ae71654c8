"""The worklist: exports the missing fields of blocked products and imports the answers as jobs."""
