"""A platform that is broken on purpose, and the way back."""
