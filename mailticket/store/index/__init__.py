"""I/O: which words stand where: the full-text index, and which solved cases are like an inquiry."""
