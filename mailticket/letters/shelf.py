"""PURE: the templates of one service and language, in the order in which their folders are searched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from jinja2 import Template
from markupsafe import Markup

from mailticket.domain.near_names import hint
from mailticket.letters.values import Values
from mailticket.sandbox import TemplateMistake, compiled, environment, rendered

#: The tags of PRODUCT.md section 7: what each is in a text and in an HTML template. Rendered only if
#: used, in this order: those that include a file come last, for the file may use the others.
TAGS: Mapping[str, tuple[str, str]] = {
    "tag_greeting": ("{{ greeting }}", "{{ greeting|breaks }}"),
    "tag_signoff": ("{{ sign_off }}", "{{ sign_off|breaks }}"),
    "tag_threadcount": ("{{ history.count }}", "{{ history.count }}"),
    "tag_caseid": ("{{ case.tag if case }}", "{{ case.tag if case }}"),
    "tag_subject": ("{{ case.subject if case and may_echo }}", "{{ case.subject if case and may_echo }}"),
    "tag_customer": ("{{ customer.name or customer.address }}", "{{ customer.name or customer.address }}"),
    "tag_csr": ("{{ csr.name }}", "{{ csr.name }}"),
    "tag_answer_by": ("{{ answer_by }}", "{{ answer_by }}"),
    "tag_filelist": ('{% include "_files.txt" %}', '{% include "_files.html" %}'),
    "tag_threadlist": ('{% include "_history.txt" %}', '{% include "_history.html" %}'),
    "tag_threadlast": ('{% include "_last.txt" %}', '{% include "_last.html" %}'),
}
_TAG = re.compile(r"(?<!\{)\{(tag_[a-z_]+)\}(?!\})")
_TAG_NAME = re.compile(r"\btag_[a-z_]+\b")
_WIDE_GAPS = re.compile(r"\n{4,}")


class Shelf:
    """Layers are (folder as it is named in mistakes, sources by file name); the first that has a file wins.

    The admin's `own` ones come before the `shipped` ones.
    """

    def __init__(
        self, own: Sequence[tuple[str, Mapping[str, str]]], shipped: Sequence[tuple[str, Mapping[str, str]]]
    ) -> None:
        layers = [*own, *shipped]
        self._own = frozenset(file for _, sources in own for file in sources)
        self._layers = layers
        self._sandbox = environment(self._source, lambda file: file not in self._own)
        used = {name for _, sources in layers for source in sources.values() for name in _TAG_NAME.findall(source)}
        self._tags = [name for name in TAGS if name in used]

    def letter(self, files: tuple[str, str, str], values: Values) -> tuple[str, str, str]:
        """Subject on one line, text and HTML; raises TemplateMistake."""
        subject, text, html = (self.page(file, values) for file in files)
        return " ".join(subject.split()), text, html

    def page(self, file: str, values: Values) -> str:
        """What one template makes of the values; raises TemplateMistake with the file as the admin knows it."""
        try:
            template = compiled(self._sandbox, file)
            page = rendered(template, {**values, **self._tag_values(file, values)})
        except TemplateMistake as mistake:
            raise TemplateMistake(self._named(mistake.file), mistake.line, mistake.what) from mistake
        if file.endswith(".html"):
            return page
        lines = "\n".join(line.rstrip() if line != "-- " else line for line in page.split("\n"))
        return _WIDE_GAPS.sub("\n\n\n", lines).strip("\n") + "\n"

    def _tag_values(self, file: str, values: Values) -> dict[str, str]:
        """The tags that any of these templates uses, as text or as HTML."""
        is_html = file.endswith(".html")
        tags: dict[str, str] = {}
        for name in self._tags:
            made = rendered(self._tag_templates[name, is_html], {**values, **tags}).strip("\n")
            tags[name] = Markup(made) if is_html else made
        return tags

    @cached_property
    def _tag_templates(self) -> dict[tuple[str, bool], Template]:
        return {
            (name, is_html): compiled(self._sandbox, f"{name}.{'html' if is_html else 'txt'}")
            for name in self._tags
            for is_html in (False, True)
        }

    def _source(self, file: str) -> str | None:
        name, _, ending = file.partition(".")
        if name in TAGS:
            return TAGS[name][ending == "html"]
        for folder, sources in self._layers:
            if file in sources:
                return self._with_variables(f"{folder}{file}", sources[file])
        return None

    def _with_variables(self, path: str, source: str) -> str:
        """The source with each {tag_...} made a variable: here, once, and never in rendered text."""

        def variable(match: re.Match[str]) -> str:
            if match[1] not in TAGS:
                line = source.count("\n", 0, match.start()) + 1
                raise TemplateMistake(path, line, f'there is no tag "{match[1]}"{hint(match[1], TAGS)}')
            return "{{ " + match[1] + " }}"

        return _TAG.sub(variable, source)

    def _named(self, file: str) -> str:
        """The file with the folder that it was found in; a mistake of an included file names that one."""
        folder = next((folder for folder, sources in self._layers if file in sources), "")
        return f"{folder}{file}"
