"""I/O: what an admin can ask. Commands import what they need when they run, so that `--help` is quick."""
