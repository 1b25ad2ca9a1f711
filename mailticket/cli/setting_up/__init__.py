"""I/O: `init`, `check` and `migrate`: from an address to a desk that has all that it needs."""
