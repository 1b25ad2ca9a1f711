"""PURE: one line that stands for what only its recipient's key can open. The mail itself is kept whole, as a file."""

from __future__ import annotations

from collections.abc import Mapping

_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_PGP = "application/pgp-encrypted"
#: What an S/MIME envelope holds (RFC 8551 section 3.2.2), where it is not encrypted.
_SMIME_TYPES = {
    "signed-data": "[Signed mail (S/MIME): its text is inside the attached file]",
    "compressed-data": "[Compressed mail (S/MIME): its text is inside the attached file]",
    "certs-only": "[Certificates (S/MIME)]",
}


def line(kind: str, parameters: Mapping[str, str]) -> str:
    """The line for a part of this content type; "" if it is not sealed."""
    if kind in _SMIME:
        encrypted = "[Encrypted mail (S/MIME): only the recipient's key can open the attached file]"
        return _SMIME_TYPES.get(parameters.get("smime-type", "").lower(), encrypted)
    if kind == _PGP or (kind == "multipart/encrypted" and parameters.get("protocol", "").lower() in ("", _PGP)):
        return "[Encrypted mail (PGP): only the recipient's key can open the attached file]"
    return ""
