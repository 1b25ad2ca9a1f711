"""PURE: the fields and texts of our own mails, as `mime.compose` puts them together, and as SMTP takes them."""
