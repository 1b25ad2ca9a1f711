"""What a mail means."""
