"""I/O: the only database and the only files. Domain values in and out; rows never leave.

database                    opens and closes it, runs units of work
engines, locking, fields    what SQLite and PostgreSQL have in common, and where they differ
tables, mail_tables         every table as it is now
schema, migrations/         how it came to be so
blobs                       raw mails and files by their digest
inbox, folders              what came in, and from where
outbox                      what goes out
cases, entries              the desk's matters, and what was said
people, blacklist           who is who
facts                       all that a batch of mails is decided by
history                     what happened and why, for `explain`
leases                      who owns what until when
key_file                    the secrets that seal our Message-IDs
"""
