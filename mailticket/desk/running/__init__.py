"""I/O: who works, and until when: leases, what the dead had in hand, the wall clock, and the order of an end."""
