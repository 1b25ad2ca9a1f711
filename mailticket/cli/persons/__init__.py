"""I/O: `customer`, `csr` and `blacklist`: who writes, who answers, and who is not listened to."""
