"""I/O: the two databases behind one surface: connections, transactions, locks, statements, the schema."""
