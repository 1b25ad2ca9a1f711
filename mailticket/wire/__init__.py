"""I/O: the only sockets."""
