"""mailticket: the help desk that lives in the mail client. ARCHITECTURE.md draws the house."""

__version__ = "0.1.0"
