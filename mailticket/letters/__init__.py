"""PURE: the letters that we send: their list, the values they are given, and how they are rendered."""
