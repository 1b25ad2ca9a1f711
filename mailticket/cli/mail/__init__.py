"""I/O: `ingest` and `replay`: mails in by hand, and what would become of them."""
