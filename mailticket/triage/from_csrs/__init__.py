"""PURE: what a mail of one of ours means: an answer, commands, a mail passed on, a word about who is there."""
