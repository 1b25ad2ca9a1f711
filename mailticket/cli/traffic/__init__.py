"""I/O: `inbox`, `outbox` and `webhook`: what came in and what goes out, and the verbs that free what is stuck."""
