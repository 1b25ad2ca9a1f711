"""PURE: who writes, and what vouches for that."""
