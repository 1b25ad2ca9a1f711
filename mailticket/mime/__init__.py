"""PURE: bytes to mail and mail to bytes, right in any mail program; knows nothing of cases or CSRs."""
