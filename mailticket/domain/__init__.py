"""PURE: the nouns. Frozen values that every floor above speaks in; nothing here knows where they are kept."""
