"""I/O, the shell: load, decide, save. Six verbs own all movement."""
