"""Photos, the work on them and its results."""
