"""I/O: what one of us asks for besides an answer: a new case, a letter's preview, what is known of a customer."""
