"""I/O: what happens to cases besides mail: merged, split, linked, queued, and their history."""
