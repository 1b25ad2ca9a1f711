"""I/O: `inbox`, `outbox` and `webhook`: whatever waits, was held or given up, and the verbs that free it."""
