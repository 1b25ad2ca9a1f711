"""PURE: the one Jinja environment: what an admin writes may read plain values and nothing else, and stays small.

Values are strings, numbers, lists and dicts. A template reaches no attribute of Python's, few filters, no globals, no
operator that multiplies text, and pays for its loops (`template_costs`), so a mistake in it costs one letter and not
the daemon. What a customer wrote is always a value, never a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import Any

from jinja2 import (
    BytecodeCache,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.filters import FILTERS
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup, escape

from mailticket.domain.near_names import hint, nearest
from mailticket.template_costs import LONGEST, PRICED_FILTERS, budget, operation, priced

#: Characters that a template may write.
MOST_OUTPUT = LONGEST
_MOST_LINE = 2_000

_FILTERS = (
    "abs capitalize count d default dictsort e escape first float forceescape int items join last length list lower "
    "map max min reject rejectattr reverse select selectattr sort string title trim truncate unique upper wordcount"
).split()
_METHODS: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        str: frozenset("count endswith find isdigit lower split splitlines startswith strip title upper".split()),
        dict: frozenset(("get", "items", "keys", "values")),
        list: frozenset(("count", "index")),
    }
)
_UNKNOWN = re.compile(r'there is no value "(\w+)"')
_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}")
_LINK_END = ".,;:!?'*_)]}»”’"
_BLANKS = re.compile(r"(?m)^ | (?= )")


class TemplateMistake(Exception):
    """A template cannot be used: in which file and line (0 if unknown), and why."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file} line {line}: {what}" if line else f"{file}: {what}")
        self.file = file
        self.line = line
        self.what = what


class _Compiled(BytecodeCache):
    """What was compiled in this process, by name and source: a reload of the config compiles only what changed."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


class _NoValue(StrictUndefined):
    """A name that no value has: an error that tells which names there are."""

    @property
    def _undefined_message(self) -> str:
        name = str(self._undefined_name)
        if self._undefined_hint:
            return self._undefined_hint
        if self._undefined_obj is missing:
            return f'there is no value "{name}"'
        if isinstance(self._undefined_obj, Mapping):
            known = sorted(map(str, self._undefined_obj))
            return f'there is no "{name}" here{hint(name, known)}'
        return f'a {type(self._undefined_obj).__name__} has no "{name}"'


class _Absent(Undefined):
    """A name without a value here: a template may ask for it (`if`, `or`, `default`), and cannot write it."""

    __slots__ = ()

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __eq__(self, other: object) -> bool:
        return other == "" or isinstance(other, _Absent)

    __hash__ = Undefined.__hash__


def absent(why: str) -> Any:
    """A value that is not there: whoever writes it is told why."""
    return _Absent(hint=why)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with allow-lists in place of its block-lists."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))
    #: Which templates are shipped with the product, and cost what they cost.
    is_ours: Callable[[str], bool] = staticmethod(lambda _file: False)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return tree if name is not None and self.is_ours(name) else priced(tree, self)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """There are none of the environment's, so nothing need be looked through."""
        return {} if d is None else d

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A value of a dict comes before the dict's own methods, and without Jinja's detour over an exception."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A template's own macro comes without the questions that are asked of anything else."""
        if type(obj) is Macro:
            for names in ("_block_vars", "_loop_vars"):  # what surrounds the call, for functions that ask for it
                kwargs.pop(names, None)
            return obj(context.eval_ctx, *args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if attr.startswith("_"):
            return False
        return any(isinstance(obj, kind) and attr in names for kind, names in _METHODS.items()) or _is_loop(obj)

    def wrap_str_format(self, value: Any) -> None:
        """str.format can write any width; it is refused like every other method that is not listed."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        operation(operator, left, right)
        return super().call_binop(context, operator, left, right)


def _is_loop(obj: Any) -> bool:
    """Jinja's own `loop` and what comes from a template itself: macros and imported files."""
    return type(obj).__module__ == "jinja2.runtime" or type(obj).__name__ in ("TemplateReference", "TemplateModule")


def breaks(text: str) -> Markup:
    """Plain text as HTML: line ends and blanks kept, web addresses made links."""
    source = str(text)
    pieces: list[str] = []
    end = 0
    for match in _LINK.finditer(source):
        address = match[0].rstrip(_LINK_END)
        pieces.append(_spaced(source[end : match.start()]))
        pieces.append(f'<a href="{escape(address)}" style="color:#1f5fbf">{escape(address)}</a>')
        end = match.start() + len(address)
    pieces.append(_spaced(source[end:]))
    return Markup("".join(pieces))


def _spaced(text: str) -> str:
    return _BLANKS.sub("&nbsp;", str(escape(text))).replace("\n", "<br>\n")


def quoted(text: str) -> str:
    """Plain text as a quotation: "> " before each line, ">" before one that is quoted already."""
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in str(text).split("\n"))


def environment(find: Callable[[str], str | None], is_ours: Callable[[str], bool] | None = None) -> _Sandbox:
    """An environment whose templates come from `find(file)` (None: there is no such file); .html ones escape.

    What a template does is counted against a budget, but for those of which `is_ours(file)` says that we wrote them.
    """
    sandbox = _Sandbox(
        loader=FunctionLoader(lambda name: None if (source := find(name)) is None else (source, name, None)),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=_NoValue,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_COMPILED,
    )
    if is_ours is not None:
        sandbox.is_ours = is_ours
    sandbox.globals.clear()
    sandbox.filters = {name: FILTERS[name] for name in _FILTERS} | PRICED_FILTERS
    sandbox.filters |= {"breaks": breaks, "quoted": quoted}
    return sandbox


def compiled(sandbox: _Sandbox, file: str) -> Template:
    """The template of this name; raises TemplateMistake."""
    try:
        return sandbox.get_template(file)
    except TemplateSyntaxError as error:
        raise TemplateMistake(error.filename or error.name or file, error.lineno, error.message or "") from error
    except TemplateNotFound as error:
        raise TemplateMistake(file, 0, f'there is no file "{error.name}"') from error


@lru_cache(maxsize=512)
def compile_line(source: str) -> Template:
    """A short template that stands in the config (a greeting, a sign-off); raises TemplateMistake."""
    return compiled(environment({"text": source}.get), "text")


def rendered(template: Template, values: Mapping[str, Any]) -> str:
    """What the template makes of the values; raises TemplateMistake with file and line."""
    pieces: list[str] = []
    size = 0
    name = template.name or "text"
    try:
        with budget():
            for piece in template.generate(values):
                pieces.append(piece)
                size += len(piece)
                if size > MOST_OUTPUT:
                    raise TemplateMistake(name, 0, f"it writes more than {MOST_OUTPUT:,} characters")
    except TemplateMistake:
        raise
    except TemplateSyntaxError as error:  # of a file that it includes
        raise TemplateMistake(error.filename or error.name or name, error.lineno, error.message or "") from error
    except Exception as error:  # an expression may raise whatever Python raises
        file, line = _place(error, name)
        raise TemplateMistake(file, line, _in_words(error, values)) from error
    return "".join(pieces)


def render_line(source: str, values: Mapping[str, Any]) -> str:
    """A short template of the config with the values in it, at most 2,000 characters; raises TemplateMistake."""
    text = rendered(compile_line(source), values)
    if len(text) > _MOST_LINE:
        raise TemplateMistake("text", 0, f"it writes more than {_MOST_LINE:,} characters")
    return text


def _place(error: BaseException, name: str) -> tuple[str, int]:
    """The innermost template line that the error passed through; Jinja gives tracebacks the templates' own lines."""
    file, line = name, 0
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if "__jinja_exception__" in frame.f_globals:
            file, line = frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return file, line


def _in_words(error: Exception, values: Mapping[str, Any]) -> str:
    if isinstance(error, TemplateNotFound):
        return f'there is no file "{error.name}"'
    if isinstance(error, RecursionError):
        return "it includes itself"
    what = str(error) or type(error).__name__
    unknown = _UNKNOWN.fullmatch(what)
    meant = nearest(unknown[1], values) if unknown else ""
    return f'{what}; did you mean "{meant}"?' if meant else what
