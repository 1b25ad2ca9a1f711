"""I/O: what is masked, exported, erased or kept no longer, and that no trace of it is left."""
