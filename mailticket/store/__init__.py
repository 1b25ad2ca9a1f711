"""I/O: the only database and the only files. Domain values in and out; rows never leave."""
