"""The whole road: the real process, mail in at one end and out at the other."""
