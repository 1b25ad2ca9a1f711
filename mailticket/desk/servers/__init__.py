"""I/O: how a service's servers are reached: hosts, secrets and tokens, and what an account may send."""
