"""I/O: the tables as the newest migration leaves them. Rows never leave the store."""
