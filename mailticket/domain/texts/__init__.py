"""PURE: what a text is about, by its words alone: for search, for similar cases and for common requests."""
