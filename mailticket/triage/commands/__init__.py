"""PURE: the commands that CSRs type or click: one table, their arguments, and the wishes that come of them."""
