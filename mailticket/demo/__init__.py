"""I/O: a whole desk on this machine: built-in IMAP and SMTP, a cast of people, one page, nothing else faked."""
