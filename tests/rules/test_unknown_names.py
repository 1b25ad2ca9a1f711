"""Unknown names: whatever a rule, or what rules stand on, may name is refused at load, with its key and the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailticket import settings
from mailticket.errors import ConfigError

DESK = """
[mailticket]
timezone = "Europe/Berlin"
DESK_KEYS
[[csr]]
email = "jane@example.com"
name = "Jane Doe"
skills = ["billing"]
CSR_KEYS
[[role]]
name = "support"
members = ["MEMBER"]
[[service]]
name = "help"
address = "help@example.com"
SERVICE_KEYS
[service.imap]
host = "imap.example.com"
username = "help"
[service.smtp]
host = "smtp.example.com"
SERVICE_TABLES
[[field]]
name = "product"
kind = "choice"
choices = ["printer", "scanner"]
types = ["fault"]
FIELD_KEYS
[[workflow]]
name = "tell the boss"
then = [{ WORKFLOW }]
[[answer]]
name = "opening hours"
text = "ANSWER"
[[trigger]]
name = "r"
on = "EVENT"
when = "WHEN"
then = [{ skill = "billing" }, { THEN }]
"""
#: What stands in the desk above where a test says nothing else.
SOUND = {
    "DESK_KEYS": "",
    "CSR_KEYS": "",
    "MEMBER": "jane@example.com",
    "SERVICE_KEYS": 'first_level = "support"',
    "SERVICE_TABLES": "",
    "FIELD_KEYS": "",
    "WORKFLOW": 'notify = ["support"]',
    "ANSWER": "We are here, {{ customer.name }}.",
    "EVENT": "case.created",
    "WHEN": "",
    "THEN": "stop = true",
}
R, W, HELP = '[[trigger]] "r"', '[[workflow]] "tell the boss"', '[[service]] "help"'
THEN, WHEN = f"{R} then.2.", f"{R} when: "
#: Where the name stands, what is written there, the key that is told, and the name that was probably meant.
UNKNOWN = [
    ("EVENT", "case.creatd", f"{R} on", "case.created"),
    ("THEN", 'priorty = "high"', f"{THEN}priorty", "priority"),
    ("THEN", 'priority = "hgh"', f"{THEN}priority", "high"),
    ("THEN", 'skill = "biling"', f"{THEN}skill", "billing"),
    ("THEN", 'skill = ["billing", "bilingg"]', f"{THEN}skill", "billing"),
    ("THEN", 'assign = "Jane Do"', f"{THEN}assign", "Jane Doe"),
    ("THEN", 'assign = "jnae@example.com"', f"{THEN}assign", "jane@example.com"),
    ("THEN", 'assign = "suport"', f"{THEN}assign", "support"),
    ("THEN", 'escalate = "Suport"', f"{THEN}escalate", "support"),
    ("THEN", 'status = "resloved"', f"{THEN}status", "resolved"),
    ("THEN", 'status = "resolved tets"', f"{THEN}status", "test"),
    ("THEN", 'field = { prodct = "printer" }', f"{THEN}field", "product"),
    ("THEN", 'field = { product = "pinter" }', f"{THEN}field", "printer"),
    ("THEN", 'watch = "suport"', f"{THEN}watch", "support"),
    ("THEN", 'notify = ["boss@example.com", "Jane Doo"]', f"{THEN}notify", "Jane Doe"),
    ("THEN", 'letter = "auto_replay"', f"{THEN}letter", "auto_reply"),
    ("WORKFLOW", 'notfy = ["support"]', f"{W} then.1.notfy", "notify"),
    ("WORKFLOW", 'assign = "Jana Doe"', f"{W} then.1.assign", "Jane Doe"),
    ("WHEN", "subjct == 'a'", WHEN, "subject"),
    ("WHEN", "custmer.name == 'a'", WHEN, "customer"),
    ("WHEN", "customer.domian == 'a'", WHEN, "domain"),
    ("WHEN", "case.fields.prodct == 'printer'", WHEN, "product"),
    ("WHEN", "case.fields.product == 'pinter'", WHEN, "printer"),
    ("WHEN", "subject|lowr == 'a'", WHEN, "lower"),
    ("WHEN", "case.priority is strng", WHEN, "string"),
    ("WHEN", "subject.startwith('a')", WHEN, "startswith"),
    ("WHEN", "event == 'case.creatd'", WHEN, "case.created"),
    ("WHEN", "case.status == 'resloved'", WHEN, "resolved"),
    ("WHEN", "'Closed' != case.was", WHEN, "closed"),
    ("WHEN", "case.status not in ['closed', 'spm']", WHEN, "spam"),
    ("WHEN", "case.priority in ('high', 'urgnt')", WHEN, "urgent"),
    ("WHEN", "case.channel == 'email'", WHEN, "mail"),
    ("WHEN", "case.language == 'german'", WHEN, "de"),
    ("WHEN", "case.type == 'falt'", WHEN, "fault"),
    ("WHEN", "case.csr == 'Jane@example.com'", WHEN, "jane@example.com"),
    ("WHEN", "case.role == 'Support'", WHEN, "support"),
    ("WHEN", "case.resolution == 'tets'", WHEN, "test"),
    ("WHEN", "'biling' in case.skills", WHEN, "billing"),
    ("WHEN", "service.name == 'helpp'", WHEN, "help"),
    ("WHEN", "service.address == 'hlp@example.com'", WHEN, "help@example.com"),
    ("WHEN", "hours.weekday == 'Sun'", WHEN, "sun"),
    ("SERVICE_KEYS", 'first_level = "suport"', f"{HELP} first_level", "support"),
    ("SERVICE_KEYS", 'second_level = "Suport"', f"{HELP} second_level", "support"),
    ("MEMBER", "jnae@example.com", '[[role]] "support" members.1', "jane@example.com"),
    (
        "SERVICE_TABLES",
        '[service.assignment]\nnew_case = "workflow"\nworkflow = "tell the bos"',
        f"{HELP} assignment.workflow",
        "tell the boss",
    ),
    ("SERVICE_TABLES", '[service.assignment]\nnew_case = "skils"', f"{HELP} assignment.new_case", "skills"),
    (
        "SERVICE_TABLES",
        '[service.assignment]\nnobody_able = "mostskills"',
        f"{HELP} assignment.nobody_able",
        "most-skills",
    ),
    ("SERVICE_TABLES", '[service.cases]\nafter_reply = "close"', f"{HELP} cases.after_reply", "closed"),
    (
        "SERVICE_TABLES",
        '[service.targets]\nresolution = { norml = "1d" }',
        f"{HELP} targets.resolution.norml",
        "normal",
    ),
    ("SERVICE_TABLES", '[service.hours]\nweek = { Mon = "09:00-17:00" }', f"{HELP} hours.week.Mon", "mon"),
    ("SERVICE_TABLES", '[service.hours]\nholidays = "DE-BEE"', f"{HELP} hours.holidays", "BE"),
    ("DESK_KEYS", 'language = "german"', "[mailticket] language", "de"),
    ("CSR_KEYS", 'language = "pt_br"', '[[csr]] "Jane Doe" language', "pt-BR"),
    ("FIELD_KEYS", 'visible = "csrs"', '[[field]] "product" visible', "csr"),
    ("FIELD_KEYS", 'default = "skanner"', '[[field]] "product" default', "scanner"),
    ("ANSWER", "Hello {{ custmer.name }}", '[[answer]] "opening hours" text', "customer"),
    ("ANSWER", "Hello {{ customer.nme }}", '[[answer]] "opening hours" text', "name"),
]


def mistakes(folder: Path, **changes: str) -> list[str]:
    text = DESK
    for place, written in (SOUND | changes).items():
        text = text.replace(place, written)
    (folder / "config.toml").write_text(text, "utf-8")
    try:
        settings.load(folder / "config.toml", environ={}, with_passwords=False)
    except ConfigError as error:
        return error.mistakes
    return []


def test_the_desk_of_this_table_has_no_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == []


@pytest.mark.parametrize(("place", "written", "key", "meant"), UNKNOWN, ids=[one[1] for one in UNKNOWN])
def test_an_unknown_name_is_refused_with_its_key_and_the_nearest_name(
    tmp_path: Path, place: str, written: str, key: str, meant: str
) -> None:
    [told] = mistakes(tmp_path, **{place: written})
    assert told.startswith(key)
    assert f'did you mean "{meant}"?' in told


@pytest.mark.parametrize(
    ("place", "written", "listed"),
    [
        ("THEN", 'skill = "xyzzy"', "(there are: billing)"),
        ("THEN", 'assign = "xyzzy"', "(there are: support, Jane Doe, jane@example.com)"),
        ("WHEN", "case.type == 'xyzzy'", "(there are: fault)"),
        ("WHEN", "xyzzy == 1", "(there are: case, customer, event, hours, mail, service, subject, text)"),
        ("SERVICE_KEYS", 'first_level = "xyzzy"', "(there are: support)"),
    ],
)
def test_where_none_is_near_those_that_there_are_are_listed(
    tmp_path: Path, place: str, written: str, listed: str
) -> None:
    [told] = mistakes(tmp_path, **{place: written})
    assert told.endswith(listed)


@pytest.mark.parametrize(
    "when",
    [
        "case.was == ''",
        "case.csr == '' or case.csr == 'jane@example.com'",
        "case.status in ['new', 'opened'] and 'billing' in case.skills",
        "case.language in ('de', 'de-AT', 'pt-BR')",
        "case.fields.product in ['printer', ''] and case.type == 'fault'",
        "'vip' in case.tags and customer.name == 'Anybody' and case.status|upper == 'NEW'",
        "'esc' in case.status and case.channel != 'import' and hours.weekday in ['sat', 'sun']",
    ],
)
def test_names_that_there_are_pass(tmp_path: Path, when: str) -> None:
    assert mistakes(tmp_path, WHEN=when) == []


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("hepl", 'no service and no language is called "hepl"; did you mean "help"?'),
        ("de/at", "a language has no folders; write service/language"),
        ("help/german", 'no language is called "german"; did you mean "de"?'),
    ],
)
def test_a_folder_of_letters_for_nobody_is_refused(tmp_path: Path, folder: str, told: str) -> None:
    place = tmp_path / "templates" / folder
    place.mkdir(parents=True)
    (place / "auto_reply.txt").write_text("Hello", "utf-8")
    assert mistakes(tmp_path) == []
    config = settings.load(tmp_path / "config.toml", environ={}, with_passwords=False)
    with pytest.raises(ConfigError) as caught:
        settings.templates_of(config, tmp_path)
    assert caught.value.mistakes == [f"{tmp_path}/templates/{folder}: {told}"]
