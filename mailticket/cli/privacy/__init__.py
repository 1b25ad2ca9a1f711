"""I/O: `case mask`, `export` and `erase`: words that nobody needs to read, and people who want to be forgotten."""
