"""The pages: our own templates, filled with plain values, and the headers that keep a page to itself. I/O."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import DictLoader, Environment, StrictUndefined

from mailticket import settings

_STYLE = "style.css"


@cache
def _environment() -> Environment:
    """Not the sandbox: nobody overrides these templates. Values are escaped all the same."""
    return Environment(
        loader=DictLoader(settings.web_templates()),
        autoescape=lambda name: name != _STYLE,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _style() -> str:
    return _environment().get_template(_STYLE).render()


@cache
def policy() -> str:
    """The Content-Security-Policy of every page: no script, nothing from elsewhere, our one style by its hash."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def told(status: int, title: str, what: str, fix: str, mail: str = "") -> HTMLResponse:
    """A page that says why nothing happened, what to do instead, and a mailto: that does it ("" for none)."""
    return page("told", status, {"title": title, "what": what, "fix": fix, "mail": mail})


def page(name: str, status: int = 200, values: Mapping[str, Any] = MappingProxyType({})) -> HTMLResponse:
    """The template `name` below templates/web, as an answer with this HTTP status."""
    html = _environment().get_template(f"{name}.html").render({**values, "style": _style()})
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": policy()})
