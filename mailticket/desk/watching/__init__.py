"""I/O: what looks at the desk itself, and tells when it ails: canaries, probes, what waits too long."""
