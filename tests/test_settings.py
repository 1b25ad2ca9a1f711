"""Reading the config: where it is found, where secrets come from, and the exact words for every kind of mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailticket import settings
from mailticket.domain.decision import LetterKind
from mailticket.errors import ConfigError, Permanent
from mailticket.letters.render import render
from mailticket.letters.specimen import specimens

GOOD = """
[[csr]]
email = "ann@example.com"
name = "Ann"
[[role]]
name = "support"
members = ["ann@example.com"]
[[service]]
name = "Support Desk"
address = "support@example.com"
first_level = "support"
[service.imap]
host = "imap.example.com"
username = "support@example.com"
password = "geheim"
[service.smtp]
host = "smtp.example.com"
"""
SERVICE = '[[service]] "Support Desk"'


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings.load(write(folder, text), environ={})
    return caught.value.mistakes


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            'on = "case.creatd"\nthen = [{ stop = true }]',
            'on: "case.creatd" is not allowed; did you mean "case.created"?',
        ),
        (
            "when = \"subjct == 'a'\"\nthen = [{ stop = true }]",
            'when: there is no value "subjct"; did you mean "subject"?',
        ),
        ('when = "subject ="\nthen = [{ stop = true }]', 'when: it should end before column 9, at "="'),
        (
            'then = [{ stop = true }, { priorty = "high" }]',
            'then.2.priorty: there is no such action; did you mean "priority"?',
        ),
        ('then = [{ priority = "hgh" }]', 'then.1.priority: "hgh" is not possible; did you mean "high"?'),
        ('then = [{ assign = "Anne" }]', 'then.1.assign: no CSR and no role is called "Anne"; did you mean "Ann"?'),
        ('then = [{ skill = "x" }]', 'then.1.skill: no [[csr]] has the skill "x" (there are: none)'),
        ('then = [{ status = "resolved tets" }]', 'then.1.status: "tets" is not possible; did you mean "test"?'),
        ('then = [{ status = "resolved spam" }]', 'then.1.status: "spam" is not possible'),
        ('then = [{ due = "soon" }]', 'then.1.due: "soon" is no due time'),
        ("then = []", "then: does nothing; an action is one of priority, due"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_place_and_the_nearest_name(tmp_path: Path, keys: str, told: str) -> None:
    on = "" if keys.startswith("on") else 'on = "case.created"\n'
    [line] = mistakes(tmp_path, f'{GOOD}\n[[trigger]]\nname = "r"\n{on}{keys}\n')
    assert line.startswith(f'[[trigger]] "r" {told}')


def test_a_good_file_gives_a_config_with_absolute_paths(tmp_path: Path) -> None:
    config = settings.load(write(tmp_path, '[mailticket]\ndata = "desk"\n' + GOOD), environ={})
    assert config.mailticket.data == str(tmp_path / "desk")
    assert config.mailticket.templates == str(tmp_path / "templates")
    assert config.service[0].imap.password.get_secret_value() == "geheim"


WRONG = [
    ('username = "s', 'usrname = "s', f"{SERVICE} imap.username: required, but missing"),
    ('username = "s', 'usrname = "s', f'{SERVICE} imap.usrname: unknown key; did you mean "username"?'),
    ("[[csr]]", "[[crs]]", "crs: unknown table; did you mean [[csr]]?"),
    ("[[csr]]", "[csr]", "csr: there may be several, so write [[csr]] with two brackets"),
    ("[[csr]]", "[[web]]\n[[csr]]", "web: there is only one, so write [web] with one pair of brackets"),
    ('name = "Ann"', 'name = "Ann"\nnname = 1', '[[csr]] "Ann" nname: unknown key; did you mean "name"?'),
    (
        "first_level",
        "limit = 3\nfirst_level",
        f"{SERVICE} limit: unknown key here; it belongs in [service.assignment]",
    ),
    (
        "[service.smtp]",
        "[service.cases]\nlimit = 3\n[service.smtp]",
        f"{SERVICE} cases.limit: unknown key here; it belongs in [service.assignment]",
    ),
    (
        "[service.smtp]",
        "[service.canary]\nxyzzy = 3\n[service.smtp]",
        f"{SERVICE} canary.xyzzy: unknown key; the keys here are every",
    ),
    ("[service.smtp]", "[service.smtp]\nport = 70000", f"{SERVICE} smtp.port: 70000 is not allowed; 1 to 65535"),
    (
        "[service.smtp]",
        '[service.smtp]\nport = "x"',
        f'{SERVICE} smtp.port: "x" is not allowed; must be a whole number',
    ),
    (
        "[service.smtp]",
        '[service.smtp]\nsecurity = "ssl"',
        f'{SERVICE} smtp.security: "ssl" is not allowed; one of "tls", "starttls", "none"',
    ),
    (
        "[service.smtp]",
        '[service.smtp]\nsecurity = "none"',
        f'{SERVICE} smtp.security: "none" is for loopback only; use "tls" or "starttls" for smtp.example.com',
    ),
    (
        "[service.smtp]",
        '[service.smtp]\nrate = "fast"',
        f'{SERVICE} smtp.rate: "fast" is not allowed; write for example "25/min" (per sec, min, hour or day)',
    ),
    ("first_level", "poll = 0.5\nfirst_level", f"{SERVICE} poll: 0.5 is not allowed; 1s or more"),
    (
        "first_level",
        'poll = "soon"\nfirst_level',
        f'{SERVICE} poll: "soon" is not a span of time; write for example "90s", "15m", "1h30m" or "14d"',
    ),
    (
        "first_level",
        'csr_as_customer = "maybe"\nfirst_level',
        f'{SERVICE} csr_as_customer: "maybe" is not allowed; must be true or false',
    ),
    (
        "first_level",
        'aliases = "a@b.example"\nfirst_level',
        f'{SERVICE} aliases: "a@b.example" is not allowed; must be a list, for example ["one", "two"]',
    ),
    (
        "first_level",
        "letters = 3\nfirst_level",
        f"{SERVICE} letters: 3 is not allowed; must be a table; write [service.letters] and its keys below it",
    ),
    ('name = "Support Desk"\n', "", '[[service]] "support@example.com" name: required, but missing'),
    ('name = "Ann"', "name = 3", '[[csr]] "ann@example.com" name: 3 is not allowed; must be text in quotes'),
    ('name = "Support Desk"', 'name = ""', '[[service]] "support@example.com" name: must not be empty'),
    (
        'first_level = "support"',
        'first_level = "suport"',
        f'{SERVICE} first_level: there is no [[role]] "suport"; did you mean "support"?',
    ),
    (
        '["ann@',
        '["bo@',
        '[[role]] "support" members.1: no [[csr]] has the address bo@example.com (there are: ann@example.com)',
    ),
    ('["ann@example.com"]', '["ann"]', '[[role]] "support" members.1: "ann" is not a mail address'),
    (
        'password = "geheim"\n',
        "",
        f"{SERVICE} imap: no password; set password_file, or give systemd's credential support-desk-imap-password",
    ),
    ('password = "geheim"', 'password = "${NOPE}"', f"{SERVICE} imap.password: the environment has no NOPE"),
]


@pytest.mark.parametrize(
    ("old", "new", "line"), WRONG, ids=[line.replace("/", " of ")[:60] for *_change, line in WRONG]
)
def test_a_mistake_says_where_it_is_and_what_is_allowed(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert line in mistakes(tmp_path, changed(old, new))


def test_a_csr_without_a_name_hides_no_other_mistake(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[[csr]]\nemail = "a@b.example"\n[[role]]\nname = "r"\nmembers = ["a@b.example", "joe@b.example"]\n'
    )
    with pytest.raises(ConfigError) as raised:
        settings.load(path, environ={})
    assert len(raised.value.mistakes) == 2 and "joe@b.example" in raised.value.mistakes[1]


def test_every_mistake_is_reported_at_once_even_when_values_are_unreadable(tmp_path: Path) -> None:
    text = changed('first_level = "support"', 'first_level = "nobody"\npoll = "soon"')
    text = text.replace('host = "smtp.example.com"', 'hosst = "smtp.example.com"').replace('"geheim"', '"${NOPE}"')
    found = mistakes(tmp_path, '[mailticket]\ntimezone = "Mars"\n' + text)
    assert [line.partition(":")[0] for line in found] == [
        "[mailticket] timezone",
        f"{SERVICE} poll",
        f"{SERVICE} smtp.host",
        f"{SERVICE} smtp.hosst",
        f"{SERVICE} first_level",
        f"{SERVICE} imap.password",
    ]


def test_a_mistake_is_not_reported_twice_in_other_words(tmp_path: Path) -> None:
    found = mistakes(tmp_path, changed("password =", "pasword ="))
    assert found == [f'{SERVICE} imap.pasword: unknown key; did you mean "password"?']


def test_services_that_share_an_account_share_its_rate(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("[[service]]") :].replace("support@example.com", "sales@example.com")
    second = second.replace('"Support Desk"', '"Sales"').replace("[service.smtp]", '[service.smtp]\nrate = "25/min"')
    (line,) = mistakes(tmp_path, GOOD + second)
    assert line.endswith("smtp.rate: another service sends by the same account; give both the same rate")


def test_broken_toml_is_shown_with_line_and_column(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path, "[mailticket]\ntimezone = UTC\n")
    assert line == f"{tmp_path}/config.toml, line 2, column 12: Invalid value; the line is: timezone = UTC"


@pytest.mark.parametrize(
    "text",
    [
        changed('password = "geheim"', 'password = "geheim'),
        changed('password = "geheim"', "password = geheim"),
        changed('password = "geheim"', 'password = ["geheim"]'),
        changed('password = "geheim"', 'pasword = "geheim"'),
        changed('password = "geheim"', 'password = "geheim"\nport = 0'),
        '[mailticket]\ndatabase = ["postgresql://me:geheim@host/desk"]\n' + GOOD,
        '[mailticket]\ndata = """\ngeheim"""x\n' + GOOD,
    ],
)
def test_no_mistake_shows_a_secret(tmp_path: Path, text: str) -> None:
    assert "geheim" not in "".join(mistakes(tmp_path, text))


def password(folder: Path, text: str, environ: dict[str, str], credentials: Path | None = None) -> str:
    config = settings.load(write(folder, text), environ=environ, credentials=credentials)
    return config.service[0].imap.password.get_secret_value()


def test_systemds_credential_comes_before_the_file_and_the_file_before_the_key(tmp_path: Path) -> None:
    text = changed('password = "geheim"', 'password = "geheim"\npassword_file = "secret"')
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_text("from the file\n")
    assert password(tmp_path, text, environ={}) == "from the file"
    (tmp_path / "support-desk-imap-password").write_text("from systemd")
    assert password(tmp_path, text, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "from systemd"
    assert password(tmp_path, text, credentials=tmp_path, environ={}) == "from systemd"


def test_a_variable_is_replaced_in_the_password_and_in_the_databases_url(tmp_path: Path) -> None:
    text = changed('"geheim"', '"${PW}"').replace(
        "[[csr]]", '[mailticket]\ndatabase = "postgresql://${PW}@h/d"\n[[csr]]'
    )
    assert password(tmp_path, text, environ={"PW": "from outside"}) == "from outside"
    assert settings.load(tmp_path / "config.toml", environ={"PW": "x"}).mailticket.database == "postgresql://x@h/d"


def test_a_dollar_inside_a_password_stays_as_it_is(tmp_path: Path) -> None:
    assert password(tmp_path, changed('"geheim"', '"a${PW}b$"'), environ={"PW": "x"}) == "a${PW}b$"


def test_a_password_file_that_everybody_can_read_is_refused_with_the_command_to_mend_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    secret.chmod(0o644)
    [line] = mistakes(tmp_path, changed('password = "geheim"', 'password_file = "secret"'))
    assert line == (
        f"{SERVICE} imap.password_file: {secret} can be read by everybody on this machine; run: chmod 600 {secret}"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\xff\xfe", "is not UTF-8 text (byte 0); save it as UTF-8")],
)
def test_a_useless_password_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_bytes(content)
    [line] = mistakes(tmp_path, changed('password = "geheim"', 'password_file = "secret"'))
    assert line == f"{SERVICE} imap.password_file: {tmp_path}/secret {words}"


def test_an_editor_that_begins_its_files_with_a_mark_spoils_none(tmp_path: Path) -> None:
    """As Windows' Notepad does, in "UTF-8 with BOM"."""
    mark = "\ufeff".encode()
    for folder in ("answers", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_bytes(mark + b"geheim\r\n")
    (tmp_path / "answers" / "reset.txt").write_bytes(mark + b"Click Forgot.")
    (tmp_path / "templates" / "auto_reply.subject.txt").write_bytes(mark + b"We have it")
    text = changed('password = "geheim"', 'password_file = "secret"')
    (tmp_path / "config.toml").write_bytes(mark + text.encode())
    config = settings.load(tmp_path / "config.toml", environ={})
    book = settings.templates_of(config, tmp_path)
    letter = render(LetterKind.AUTO_REPLY, specimens(LetterKind.AUTO_REPLY)[0], book)
    assert config.service[0].imap.password.get_secret_value() == "geheim"
    assert (config.answer[0].text, letter.subject) == ("Click Forgot.", "We have it")


def test_whoever_needs_no_passwords_can_do_without_them(tmp_path: Path) -> None:
    path = write(tmp_path, changed('password = "geheim"', 'password_file = "missing"'))
    assert settings.load(path, environ={}, with_passwords=False).service[0].name == "Support Desk"


def test_a_config_never_shows_its_passwords(tmp_path: Path) -> None:
    assert "geheim" not in repr(settings.load(write(tmp_path, GOOD), environ={}))


def test_the_config_is_looked_for_in_four_places_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mailticket.settings.reading.SYSTEM_WIDE", tmp_path / "etc.toml")
    by_option, by_variable = tmp_path / "option.toml", tmp_path / "variable.toml"
    for path in (by_option, by_variable, tmp_path / "config.toml", tmp_path / "etc.toml"):
        path.touch()
    environ = {"MAILTICKET_CONFIG": str(by_variable)}
    assert settings.find(by_option, environ) == by_option
    assert settings.find(None, environ) == by_variable
    assert settings.find(None, {}) == tmp_path / "config.toml"
    (tmp_path / "config.toml").unlink()
    assert settings.find(None, {}) == tmp_path / "etc.toml"


def test_no_config_anywhere_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mailticket.settings.reading.SYSTEM_WIDE", tmp_path / "etc.toml")
    with pytest.raises(Permanent, match=r"neither ./config.toml nor .*, and \$MAILTICKET_CONFIG is not set"):
        settings.find(None, {})
    with pytest.raises(Permanent, match=r"There is no config file gone.toml; --config names it."):
        settings.find(Path("gone.toml"), {})
    with pytest.raises(Permanent, match=r"There is no config file gone.toml; \$MAILTICKET_CONFIG names it."):
        settings.find(None, {"MAILTICKET_CONFIG": "gone.toml"})
    with pytest.raises(Permanent, match=r"^\. is no config file; --config names it."):
        settings.find(Path("."), {})


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[[csr]]", '[web]\nlinks = "signin"\n[[csr]]', "[web] links: "),
    ],
)
def test_a_key_that_is_not_carried_out_yet_is_named(tmp_path: Path, old: str, new: str, line: str) -> None:
    [told] = settings.not_yet(settings.load(write(tmp_path, changed(old, new)), environ={}))
    assert told.startswith(line + "this version does not carry it out yet; ")


def test_a_default_that_nobody_wrote_warns_nobody(tmp_path: Path) -> None:
    assert settings.not_yet(settings.load(write(tmp_path, GOOD), environ={})) == []


def test_ready_answers_come_from_the_config_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "reset password.txt").write_text("Dear {{ customer.name }}, click Forgot.", "utf-8")
    new = '[[answer]]\nname = "hours"\ntext = "Nine to five."\n[[csr]]'
    config = settings.load(write(tmp_path, changed("[[csr]]", new)), environ={})
    assert [(one.name, one.text) for one in config.answer] == [
        ("hours", "Nine to five."),
        ("reset password", "Dear {{ customer.name }}, click Forgot."),
    ]


def test_a_ready_answer_in_a_file_may_have_a_subject_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "reset.txt").write_text("Subject: Your new password\n\nClick Forgot.", "utf-8")
    (tmp_path / "answers" / "why.txt").write_text("Subject: none\nis what you wrote.", "utf-8")
    config = settings.load(write(tmp_path, GOOD), environ={})
    assert [(one.subject, one.text) for one in config.answer] == [
        ("Your new password", "Click Forgot."),
        ("", "Subject: none\nis what you wrote."),
    ]


@pytest.mark.parametrize(
    ("name", "content", "mistake"),
    [
        ("hours.txt", b"Hi", 'there are 2 ready answers with the name "hours"'),
        ("broken.txt", b"Hi {{ customer", "broken.txt: line 1"),
        ("typo.txt", b"Hi {{ customer.frist_name }}", 'typo.txt: line 1: there is no "frist_name" here; did you mean'),
        ("secret.txt", b"Hi {{ fields.margin }}", 'secret.txt: line 1: there is no "margin" here'),
        ("latin.txt", b"Gr\xfc\xdfe", "latin.txt is not UTF-8 text (byte 2); save it as UTF-8"),
    ],
)
def test_mistakes_in_ready_answers_are_told(tmp_path: Path, name: str, content: bytes, mistake: str) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / name).write_bytes(content)
    path = write(tmp_path, changed("[[csr]]", '[[answer]]\nname = "Hours"\ntext = "Nine to five."\n[[csr]]'))
    with pytest.raises(ConfigError, match=re.escape(mistake)):
        settings.load(path, environ={})


@pytest.mark.parametrize(
    ("field", "mistake"),
    [
        ('name = "size"\nkind = "choice"', "needs its choices"),
        ('name = "a=b"', "cannot be written in #set"),
        (
            'name = "size"\nkind = "choice"\nchoices = ["Small"]\ndefault = "Large"',
            "is none of the choices (there are: Small)",
        ),
        ('name = "paid"\nkind = "checkbox"\ndefault = "perhaps"', 'must be "yes" or "no"'),
        ('name = "weight"\nkind = "number"\ndefault = "heavy"', "must be a number such as 1250.50"),
        ('name = "bought"\nkind = "date"\ndefault = "24.12.2026"', "must be a date such as 2026-12-24"),
        ('name = "vip"\ntypes = ["customer"]\ndefault = "no"', "a field of customers has none"),
        ('name = "Twin"\n[[field]]\nname = "twin"', "it must be unique"),
    ],
)
def test_mistakes_in_custom_fields_are_told(tmp_path: Path, field: str, mistake: str) -> None:
    path = write(tmp_path, changed("[[csr]]", f"[[field]]\n{field}\n[[csr]]"))
    with pytest.raises(ConfigError, match=re.escape(mistake)):
        settings.load(path, environ={})
