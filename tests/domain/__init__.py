"""The nouns, alone."""
