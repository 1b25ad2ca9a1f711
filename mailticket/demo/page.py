"""I/O: the demo's one page: its routes, and the guard that lets only this page of this run drive the demo."""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import secrets
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import getaddresses
from importlib.resources import files as resources
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from mailticket.demo import view
from mailticket.demo.cast import PASSWORD, PEOPLE, SUPPORT, Person
from mailticket.demo.mail import File, shown
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.servers import MailServers
from mailticket.demo.writing import Draft, reply_subject
from mailticket.domain.address import Address
from mailticket.errors import MailticketError, Refused, Temporary

#: The page's own files and their types; nothing else is served, and nothing comes from outside.
_ASSETS = {
    "style.css": "text/css",
    "panes.css": "text/css",
    "icon.svg": "image/svg+xml",
    **dict.fromkeys(
        ("main.js", "mails.js", "paper.js", "compose.js", "cases.js", "tour.js", "elements.js"), "text/javascript"
    ),
}
_OUR_HOSTS = ("127.0.0.1", "localhost")
_MAX_REQUEST = 20_000_000
# addr-spec of RFC 5322 without its folklore: atoms with dots between them, and a host name.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]{1,64}"
_ADDRESS = re.compile(
    rf"{_ATOM}(\.{_ATOM}){{0,8}}@[a-z0-9-]{{1,63}}(\.[a-z0-9-]{{1,63}}){{1,8}}", re.ASCII | re.IGNORECASE
)
_PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
_PAGE_POLICY += "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A mail may show what it carries and nothing else: no script, nothing from outside.
_MAIL_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "
_MAIL_POLICY += "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

Cases = Callable[[], Sequence[view.CaseLife]]


class SentFile(BaseModel):
    """A file that the visitor attached; `content` is base64."""

    name: str = Field(min_length=1, max_length=200)
    type: str = Field(default="application/octet-stream", max_length=100)
    content: str

    def file(self) -> File:
        try:
            content = b64decode(self.content, validate=True)
        except binascii.Error as trouble:
            raise Refused(f"The file {self.name} arrived broken.", "Attach it again.") from trouble
        kind = self.type if self.type.count("/") == 1 else "application/octet-stream"
        return File(self.name.replace("/", "_"), kind, content)


class Written(BaseModel):
    """A mail that the visitor wrote as `person`. `to` and `cc` as typed; `answered` is the id of a mail or ""."""

    person: str
    to: str = Field(max_length=2000)
    subject: str = Field(max_length=500)
    text: str = Field(max_length=200_000)
    cc: str = Field(default="", max_length=2000)
    answered: str = ""
    files: list[SentFile] = Field(default=[], max_length=10)


class Seen(BaseModel):
    """The visitor opened a mail of this person."""

    person: str
    mail: str


class Page:
    """What the routes act on: everybody's mailbox, and where the cases are read. `token` is this run's secret."""

    def __init__(self, mailboxes: Mapping[Person, Mailbox], cases: Cases, servers: MailServers) -> None:
        self._mailboxes = mailboxes
        self._servers = servers
        self._by_key = {person.key: mailbox for person, mailbox in mailboxes.items()}
        self._cases = cases
        self.token = secrets.token_urlsafe(24)

    def index(self) -> Response:
        ports = {"{imap}": str(self._servers.imap_port), "{smtp}": str(self._servers.smtp_port)}
        document = _asset("index.html").decode()
        for name, value in {"{token}": self.token, "{password}": PASSWORD, **ports}.items():
            document = document.replace(name, value)
        return HTMLResponse(document)

    def asset(self, name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        return Response(_asset(name), media_type=_ASSETS[name])

    def state(self, request: Request) -> Response:
        """Everything at this moment, or 304 if that is what the page has already."""
        now = view.state({person: box.mails() for person, box in self._mailboxes.items()}, self._cases())
        body = json.dumps(now).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type="application/json", headers={"ETag": tag})

    def mail(self, person: str, mail_id: str) -> Response:
        document = shown(self._mailbox(person).mail(mail_id))
        return HTMLResponse(document, headers={"Content-Security-Policy": _MAIL_POLICY})

    def file(self, person: str, mail_id: str, number: int) -> Response:
        attached = self._mailbox(person).mail(mail_id).attached
        if not 0 <= number < len(attached):
            return Response(status_code=404)
        name = quote(attached[number].name)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(attached[number].content, media_type="application/octet-stream", headers=headers)

    def seen(self, seen: Seen) -> Response:
        self._mailbox(seen.person).see(seen.mail)
        return JSONResponse({})

    def send(self, written: Written) -> Response:
        """Send what the visitor wrote, as the person's own mail program would."""
        mailbox = self._mailbox(written.person)
        to, cc = _addresses(written.to), _addresses(written.cc)
        if not to:
            raise Refused("Nobody stands in To.", f"Write an address there, such as {SUPPORT.address}.")
        subject = " ".join(written.subject.split())
        if written.answered and not subject:
            subject = reply_subject(mailbox.writer.program, mailbox.mail(written.answered).subject)
        draft = Draft(to, subject, written.text, cc, files=tuple(one.file() for one in written.files))
        return JSONResponse({"message_id": mailbox.send(draft, written.answered)})

    def _mailbox(self, key: str) -> Mailbox:
        if key not in self._by_key:
            raise Refused("There is nobody of that name in the demo.", "Reload the page.")
        return self._by_key[key]


def app(page: Page) -> FastAPI:
    """The page as an application to serve on the loopback."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    web.add_middleware(RequestBodyLimitMiddleware, max_body_size=_MAX_REQUEST)
    web.get("/")(page.index)
    web.get("/assets/{name}")(page.asset)
    web.get("/state")(page.state)
    web.get("/mail/{person}/{mail_id}")(page.mail)
    web.get("/mail/{person}/{mail_id}/file/{number}")(page.file)
    web.post("/seen")(page.seen)
    web.post("/send")(page.send)
    web.exception_handler(MailticketError)(_told)

    @web.middleware("http")
    async def guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if refusal := _refusal(request, page.token):
            return JSONResponse({"error": refusal}, status_code=403)
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return web


def _refusal(request: Request, token: str) -> str:
    """Why this request is not from our page, or "". Web sites elsewhere must neither read nor drive the demo."""
    if request.url.hostname not in _OUR_HOSTS:
        return "Open the demo by its own address, http://127.0.0.1 and its port."
    if request.method in ("GET", "HEAD"):
        return ""
    origin = request.headers.get("Origin", "")
    if origin and origin != f"{request.url.scheme}://{request.url.netloc}":
        return "Another web site may not do this."
    if not secrets.compare_digest(request.headers.get("X-Demo-Token", "").encode(), token.encode()):
        return "This page is from an earlier run of the demo. Reload it."
    return ""


async def _told(request: Request, trouble: Exception) -> Response:
    """Our own errors, for the page to show."""
    return JSONResponse({"error": str(trouble)}, status_code=503 if isinstance(trouble, Temporary) else 409)


def _asset(name: str) -> bytes:
    return (resources("mailticket.demo") / "page" / name).read_bytes()


def _addresses(typed: str) -> tuple[Address, ...]:
    """What was typed into To or Cc; people of the cast get their names. Outlook's semicolons are understood."""
    known = {one.key: one for one in (SUPPORT, *(person.address for person in PEOPLE))}
    one_line = " ".join(typed.replace(";", ",").split()).strip(", ")
    # Newer Pythons give an empty address for what they cannot read, older ones half of it.
    found = [Address(name, address) for name, address in getaddresses([one_line])] if one_line else []
    for one in found:
        if not _ADDRESS.fullmatch(one.address):
            raise Refused(f'"{one.address or one_line}" is not a mail address.', "Correct it and send again.")
    return tuple(known.get(one.key, one) for one in found)
