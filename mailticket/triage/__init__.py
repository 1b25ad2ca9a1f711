"""PURE: what does this mail mean? Who writes, about which case, asking for what: a list of intents."""
