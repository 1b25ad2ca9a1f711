"""PURE: the admin's rules: what they may read and do, what is wrong with them at load, and which of them fire."""
