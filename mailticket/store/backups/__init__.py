"""I/O: everything that is kept into a folder and back, and whether it is as it should be."""
