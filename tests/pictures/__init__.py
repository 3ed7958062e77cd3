"""``python -m tests.pictures``: pictures of every page of the console, for the documentation."""
