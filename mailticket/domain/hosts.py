"""PURE: host names as DNS and mail servers know them."""

from __future__ import annotations

import re
import unicodedata

# IDNA 2003, which Python speaks, sends these to another host ("straße" to "strasse"); IDNA 2008 keeps them.
_KEPT_BY_IDNA_2008 = re.compile("[ßς\u200c\u200d]")


def ascii_host(host: str) -> str:
    """The host as A-labels (RFC 5890); a label that cannot be one is empty, so that the name fits no host."""
    return host if host.isascii() else ".".join(_ascii_label(one) for one in re.split("[.。．｡]", host))


def _ascii_label(label: str) -> str:
    if _KEPT_BY_IDNA_2008.search(label):
        return "xn--" + unicodedata.normalize("NFC", label).lower().encode("punycode").decode("ascii")
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
