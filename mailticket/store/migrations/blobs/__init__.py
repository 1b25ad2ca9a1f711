"""Steps of the database that holds raw mails and small files (with PostgreSQL: of the same one)."""
