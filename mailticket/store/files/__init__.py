"""I/O: raw mails and files, each under the SHA-256 of its bytes, in the database, a folder or a bucket."""
