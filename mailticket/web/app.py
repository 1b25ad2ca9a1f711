"""The web application: its routes, and the rules that hold for every request and every answer. I/O."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from mailticket.config.models import Config
from mailticket.desk.office import Office
from mailticket.errors import MailticketError
from mailticket.health import Board
from mailticket.web.files import Files
from mailticket.web.links import Links
from mailticket.web.monitored import PATHS, Monitored
from mailticket.web.pages import told

log = logging.getLogger(__name__)

#: A private text of 20,000 characters, each written as three escaped bytes, and the form around it.
_MAX_REQUEST = 300_000
#: Requests at a time: each holds a connection to the database.
_THREADS = 8
_READS = ["GET", "HEAD"]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

#: On every answer. Nothing is kept, found by search machines, framed, guessed or told to other sites.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def app(office: Callable[[], Office], board: Board) -> FastAPI:
    """The application. `office` gives the one in force, `board` tells how the daemon is."""
    web = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_few_threads,
    )
    web.add_middleware(RequestBodyLimitMiddleware, max_body_size=_MAX_REQUEST)
    links, files = Links(office), Files(office)
    web.api_route("/l/{token}", methods=_READS)(links.show)
    web.post("/l/{token}")(links.act)
    web.api_route("/f/{token}", methods=_READS)(files.fetch)
    web.exception_handler(MailticketError)(_in_trouble)
    web.exception_handler(HTTPException)(_not_here)

    monitored = Monitored(board)
    web.api_route("/healthz", methods=_READS)(monitored.healthz)
    web.api_route("/metrics", methods=_READS)(monitored.metrics)

    @web.middleware("http")
    async def guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        refusal = _refusal(request, office().config)
        answer = refusal or await call_next(request)
        answer.headers.update(_HEADERS)
        answer.headers.setdefault("Content-Security-Policy", _BARE_POLICY)
        return answer

    return web


@asynccontextmanager
async def _few_threads(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def _refusal(request: Request, config: Config) -> Response | None:
    """An answer for whoever asks under another name than ours, or posts from another site's page."""
    public = urlsplit(config.web.url).hostname
    if request.scope["path"] in PATHS:
        is_for_all = request.scope["path"] == "/healthz" or not public or _name(request) != public
        return None if is_for_all else PlainTextResponse("Figures are for monitors inside.", status_code=403)
    if not public or _name(request) not in {public, *_LOOPBACK}:
        return PlainTextResponse("This name is not served here.", status_code=421)
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return PlainTextResponse("Another web site may not do this.", status_code=403)
    return None


def _name(request: Request) -> str | None:
    """By what name they call us; not `request.url`, which puts the server's own in place of a broken one."""
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        return None


async def _in_trouble(_request: Request, trouble: Exception) -> Response:
    """The machine's trouble, such as a database that is away: nothing was changed, and it may work later."""
    log.error("a page could not be made: %s", trouble)
    return told(503, "This did not work", "The desk is in trouble just now.", "Nothing was changed. Try again later.")


async def _not_here(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status != 404:
        return PlainTextResponse("This is not possible here.", status_code=status)
    fix = "Click the link in the mail again, or copy the whole of it."
    return told(404, "There is nothing here", "This address leads nowhere.", fix)
