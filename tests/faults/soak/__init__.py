"""Work at full speed for as long as one likes, with trouble all along; then everything is counted."""
