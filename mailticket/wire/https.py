"""HTTPS to the providers of mail accounts: verified as our mail lines are, no answer awaited for long. I/O.

The only importer of requests; it comes with the extras m365 and google.
"""

from __future__ import annotations

import logging
import ssl
from typing import Any

import requests

#: Seconds to connect, and for each read.
_TIMEOUTS = (10.0, 15.0)

# At DEBUG they would write tokens into our log.
for _name in ("msal", "urllib3", "google", "google_auth_oauthlib", "requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _OurWay(requests.adapters.HTTPAdapter):
    """Whatever a library or the environment asks for: our own timeouts, and whom this machine trusts ($SSL_CERT_FILE
    counts), not the list of CAs that comes with requests."""

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        places = ssl.get_default_verify_paths()
        trusted = places.cafile or places.capath or True
        return super().send(*arguments, **{**options, "timeout": _TIMEOUTS, "verify": trusted})


def prepared(session: requests.Session) -> requests.Session:
    """A session that works our way."""
    session.mount("https://", _OurWay())
    return session


def session() -> requests.Session:
    return prepared(requests.Session())
