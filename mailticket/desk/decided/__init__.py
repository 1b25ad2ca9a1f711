"""I/O: what was decided becomes rows, in one transaction: the case, its letters frozen as they will be sent, alarms."""
