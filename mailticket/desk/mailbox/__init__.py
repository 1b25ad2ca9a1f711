"""I/O: what else is done to a mailbox: marked as ours, compared with the database, tried, left alone."""
