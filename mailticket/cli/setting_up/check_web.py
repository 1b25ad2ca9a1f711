"""What `check` finds out about the web server of links and monitors: its port here, its address for everybody. I/O."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from urllib.parse import urlsplit

from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.config.models import Config, Web
from mailticket.errors import Permanent
from mailticket.web.server import WebServer

_PATIENCE = 5.0
#: What /healthz of a desk says, well or not.
_OURS = frozenset({"ok", "not well"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Where a server that listens everywhere is reached from this machine.
_FROM_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def web(config: Config) -> Iterator[Finding]:
    """Is the port free or ours, and do the addresses that stand in mails lead to it?"""
    running = _is_ours(_here(config.web))
    yield _port(config.web, running)
    if config.web.url:
        yield from _address(config.web, running)
    else:
        yield ok("web.url", "empty: mails carry mail links and commands, no links")


def _port(web: Web, is_running: bool) -> Finding:
    if is_running:
        return ok("web", f"a mailticket answers on {web.listen}")
    try:
        WebServer(*web.place).stop()
    except Permanent as error:
        report = failed if web.url else warning  # without links only monitors miss it, and the desk works on
        return report("web", error.what, "Stop what uses it, or set another port in web.listen.")
    return ok("web", f"{web.listen} is free; no mailticket runs there now")


def _address(web: Web, is_running: bool) -> Iterator[Finding]:
    """The address in the mails: sealed, and leading to that port."""
    parts = urlsplit(web.url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        said = f"{web.url} is not sealed: on the way, anybody can read the links and use them"
        yield warning("web.url", said, "Put a proxy with a certificate in front of it, and write https://.")
    if not is_running:
        path = f", and the proxy must cut {parts.path} off" if parts.path else ""
        yield ok("web.url", f"{web.url}; not tried, as no mailticket runs now{path}")
    elif _is_ours(web.url):
        yield ok("web.url", f"{web.url} leads to it")
    else:
        path = f", without {parts.path}," if parts.path else ""
        fix = f"Let the proxy pass all of it on to {web.listen}{path} under the name {parts.hostname} (Host)."
        yield warning("web.url", f"from this machine {web.url} does not lead to it", fix)


def _here(web: Web) -> str:
    host, port = web.place
    host = _FROM_HERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_ours(url: str) -> bool:
    """Does a desk answer there?"""
    open_directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    try:
        with open_directly(f"{url}/healthz", timeout=_PATIENCE) as answer:
            return answer.read(100).decode("utf-8", "replace").strip() in _OURS
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.read(100).decode("utf-8", "replace").strip() in _OURS
    except (OSError, HTTPException, ValueError):
        return False
