"""I/O: a mailbox: what it is to us, what of it is taken in, marked as ours, compared, tried, left alone."""
