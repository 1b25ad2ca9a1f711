"""I/O: what is masked, sealed, erased or kept no longer, and the keys for it."""
