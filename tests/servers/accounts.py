"""The two accounts of a service in a config file, on servers of this machine: to be formatted with ports and names."""

from __future__ import annotations

ACCOUNTS = """
  [service.imap]
  host = "127.0.0.1"
  port = {imap}
  security = "none"
  username = "{user}"
  password = "{password}"
  [service.smtp]
  host = "127.0.0.1"
  port = {smtp}
  security = "none"
"""
