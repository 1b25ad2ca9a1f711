"""I/O: what the running of the desk needs to remember: leases, alarms, calls, accounts, figures."""
