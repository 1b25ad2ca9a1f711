"""I/O: what humans decide on mails and letters: stopped, freed, discarded, and who did it."""
