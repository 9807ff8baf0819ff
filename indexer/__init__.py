"""Articles in, a searchable index out. See README.md for the way of the data, ``types`` for its stages."""
