"""`mailticket case change`: the facts of a case, several at once, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from mailticket.cli.acting import acting, as_csr, id_of, tell
from mailticket.cli.casework.case_acts import case_argument, loaded
from mailticket.cli.words import Asked, Name, Word
from mailticket.domain.case import Priority, Watching
from mailticket.domain.case_intents import AddPeople, LinkCases, SetField, SetLanguage, SetTags, SetType, Watch
from mailticket.domain.intents import NO_WORDS, Intent

if TYPE_CHECKING:
    from mailticket.triage.commands import wishes
    from mailticket.triage.commands.arguments import Desk

_SEVERAL: Mapping[str, Any] = {"multiple": True, "default": ()}
#: What can be said of a new case as well as of one that is there.
_FACTS = (
    click.option("--priority", type=Name([str(one) for one in Priority])),
    click.option("--due", metavar="WHEN", help='When it must be done: "friday", "2026-12-01 14:00", "none".'),
    click.option("--type", "type", metavar="TYPE", help='The submission type; "none" for none.'),
    click.option("--language", metavar="CODE", help='What the customer is written to in, such as de; "none".'),
    click.option("--tag", "tags", metavar="TAG", help="Put a tag on it.", **_SEVERAL),
    click.option("--field", "fields", metavar="NAME=VALUE", help="A custom field; NAME= empties it.", **_SEVERAL),
    click.option("--time", "time", metavar="SPAN", help='Add time worked, "1h30m"; "-15m" takes some back.'),
    click.option(
        "--watch", "watchers", metavar="WHO[:WHAT]", help="Copies go there: all, customer, answers, notes.", **_SEVERAL
    ),
    click.option("--cc", "people", metavar="ADDRESS", help="Somebody outside takes part from now on.", **_SEVERAL),
)


def facts(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a case's facts."""
    for option in reversed(_FACTS):
        command = option(command)
    return command


@click.command("change", cls=Word)
@case_argument
@facts
@click.option("--untag", "untags", metavar="TAG", help="Take a tag away.", **_SEVERAL)
@click.option("--unwatch", "unwatchers", metavar="WHO", help="Copies go there no more.", **_SEVERAL)
@click.option("--link", "links", metavar="CASE", help="It has to do with this case.", **_SEVERAL)
@click.option("--unlink", "unlinks", metavar="CASE", help="It has nothing to do with this case.", **_SEVERAL)
@as_csr
@click.pass_obj
def change(asked: Asked, /, case: str, csr: str, **options: Any) -> None:
    """Change facts of a case, several at once.

    All are changed, or none is.
    """
    if not any(value is not None and value != () for value in options.values()):
        raise click.UsageError("Say what to change; --help lists it.")
    with acting(asked, csr) as act:
        found = loaded(case)
        intents = tuple(wishes_for(options, act.arguments(found)))
        tell(asked, case, act.do(found.id, *intents))


def wishes_for(options: Mapping[str, Any], desk: Desk) -> Iterator[Intent]:
    """One wish for each option, the type first because fields depend on it. Raises Unclear."""
    from mailticket.triage.commands import arguments, wishes

    type_ = None if options["type"] is None else arguments.submission_type(options["type"], desk)
    if type_ is not None:
        yield SetType(desk.by, type_)
    for name, make in (("priority", wishes.priority), ("due", wishes.due), ("time", wishes.time)):
        if options[name] is not None:
            yield _made(make(options[name], NO_WORDS, desk))
    if options["language"] is not None:
        yield SetLanguage(desk.by, arguments.language(options["language"]))
    if options["tags"] or options.get("untags"):
        yield SetTags(desk.by, _tags(options["tags"], desk), _tags(options.get("untags", ()), desk))
    for written in options["fields"]:
        name, equals, value = written.partition("=")
        if not equals:
            raise click.BadParameter(f"{written}: there is no =.", param_hint="--field")
        field = arguments.custom_field(name.strip(), desk, type_)
        yield SetField(desk.by, field.name, arguments.field_value(field, value.strip(), desk))
    yield from _neighbours(options, desk)


def _neighbours(options: Mapping[str, Any], desk: Desk) -> Iterator[Intent]:
    from mailticket.triage.commands import arguments

    for written in options["watchers"]:
        who, _, what = written.partition(":")
        yield Watch(desk.by, arguments.watcher(who.strip(), desk), what=_choice(what))
    for written in options.get("unwatchers", ()):
        yield Watch(desk.by, arguments.watcher(written, desk), is_off=True)
    if options["people"]:
        yield AddPeople(desk.by, tuple(arguments.outside_address("cc", one, desk) for one in options["people"]))
    for written in options.get("links", ()):
        yield LinkCases(desk.by, id_of(written))
    for written in options.get("unlinks", ()):
        yield LinkCases(desk.by, id_of(written), is_off=True)


def _made(wish: wishes.Wish) -> Intent:
    from mailticket.triage.commands import wishes

    if isinstance(wish, wishes.Manner):
        raise TypeError("a change of facts is a wish of its own")
    return wish


def _tags(written: Sequence[str], desk: Desk) -> tuple[str, ...]:
    """Each checked as in `#tag`. Raises Unclear."""
    from mailticket.triage.commands import wishes

    found: list[str] = []
    for one in written:
        made = wishes.tag(one, NO_WORDS, desk)
        found += made.added if isinstance(made, SetTags) else ()
    return tuple(found)


def _choice(written: str) -> Watching:
    from mailticket.triage.commands import arguments

    names = [str(one) for one in Watching]
    if written and written.lower() not in names:
        fix = arguments.nearest(written, names, f"There are: {', '.join(names)}.")
        raise click.BadParameter(f'there is no "{written}" to watch. {fix}', param_hint="--watch")
    return Watching(written.lower()) if written else Watching.ALL
