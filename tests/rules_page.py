"""docs/rules.md, made from the tables of rules: `python -m tests.rules_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from mailticket.conditions import FILTERS, METHODS, TESTS
from mailticket.law.rules.rule_actions import ACTIONS
from mailticket.law.rules.rule_values import FIELDS
from tests.rule_recipes import section

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"

_TOP = """# Rules

<!-- Made from the tables in mailticket/law/rules/rule_values.py and rule_actions.py: python -m tests.rules_page -->

What the desk does by itself. An admin writes it in the config; the daemon carries it out, and the case's history says
which rule did what.

```toml
[[trigger]]
name = "billing by tomorrow"
on = "case.created"
when = "'invoice' in subject|lower or customer.domain == 'example.org'"
then = [{ priority = "high" }, { due = "1 business day" }, { skill = "billing" }, { notify = ["boss@example.com"] }]

[[trigger]]
name = "nobody touched it for three days"
on = "case.idle"
when = "case.idle_days >= 3 and hours.is_open"
then = [{ escalate = true }, { note = "Three days without a word." }]

[[trigger]]
name = "say goodbye"
on = "case.status"
when = "case.status == 'closed' and case.channel != 'console'"
then = [{ letter = "case_closed" }]
```

To try a rule before it counts:

1. `mailticket check` finds every mistake, with the key and the nearest name that there is.
2. `mailticket replay FILE --config config.toml` reads a mail from a file, changes nothing, and shows which rules would
   fire and why, and which would not and why not.
3. `systemctl reload mailticket` puts it in force; a file with a mistake leaves the old rules as they are.
4. `mailticket explain CASE`, and `#why` by mail, tell later what a rule did on a case.

[When](#when) · [Conditions](#conditions) · [Actions](#actions) · [Recipes](#recipes) · [Workflows](#workflows) ·
[Skills](#skills) · [Time](#time)

## When

| `on` | happens when |
|---|---|
| `case.created` | a new case is opened, by whatever door; not for imported history and not for a machine's own notes |
| `case.customer_replied` | somebody who takes part wrote on it |
| `case.csr_replied` | an answer goes out to the customer (not one that is held) |
| `case.status` | its status has changed; `case.was` is the one before |
| `case.assigned` | a CSR has got it |
| `case.idle` | nobody did anything for an hour or more; looked at every 15 minutes, a rule fires once each time |
| `case.due` | its due date has come |

Rules run in the order of the file, after what was asked for is done and in the same transaction: all of it happens, or
nothing. What one rule does may wake another (`case.status`, `case.assigned`), but each fires at most once for one mail
or click, so they cannot run in circles. `once = true` lets a rule fire at most once for one case. `stop` keeps later
rules from this event.

A rule that fails is skipped whole, the rest goes on: the case's history says so, and admins get an alarm. The timers of
a pending case are silent until it wakes.

## Conditions

A Jinja2 expression over these values; empty: always. It has no loops, assigns nothing, builds no text and reads at most
20,000 characters of each text, so it can neither hang the desk nor eat its memory. `and`, `or`, `not`, `in`, `==`, `<`,
`+ - * /`, lists and `a if b else c` work. Unknown names are refused when the config is read, and so are
words that a value never is (`case.status == 'resloved'`), each with the nearest name that there is.

| value | kind | what it is |
|---|---|---|
"""

_WORDS = """| `case.fields.NAME` | text | a custom field; empty if it has no value |

Filters: {filters}. Tests (`is ...`): {tests}. Methods of text: {methods}.

## Actions

| action | takes | does |
|---|---|---|
"""

_END = """
**assign** to a CSR does not push: the case waits for that CSR, and the one who assigns gives it to them when they are
there and, with `new_case = "limit"`, have room. If they are away, it goes to somebody else by the service's rule.

**notify** sends a CSR the whole case, as a new one; anybody else gets a short notice with the case ID, the subject and
the customer, and no word that anybody wrote.

**letter** goes to the customer within the budgets, and never in answer to a machine.

**webhook** posts `{"type", "at", "rule", "case"}`, signed and tried again for a day. Private addresses are refused.

**due** lands in business time: what falls outside is put off to the next opening.

"""

_MODES = """
## Workflows

With `new_case = "workflow"` a new case is assigned to nobody; the named `[[workflow]]` runs instead, after the
triggers. It runs again when the customer of a case that nobody has writes.

```toml
[service.assignment]
new_case = "workflow"
workflow = "tell the boss"

[[workflow]]
name = "tell the boss"
then = [{ notify = ["boss@example.com"] }]
```

## Skills

With `new_case = "skills"` a case goes to whoever has least to do among the available CSRs of the role who have all the
skills that rules gave it. Capitals do not matter. Where nobody who is there has all of them, `nobody_able` says what
happens, and the notification says what is missing:

| `nobody_able` | the case goes to |
|---|---|
| `most-skills` | whoever has most of the skills, and of these has least to do; the default: nobody waits for a skill |
| `least-load`, `round-robin`, `random` | anybody of the role, by this rule |
| `limit` | the next in turn with fewer than `limit` active cases; this holds for the able too; without room it waits |
| `wait` | nobody, until somebody able is there; cases that need other skills go on past it |

What a case waits for stands in `mailticket case show` and `mailticket explain`; `mailticket check` warns of a skill
that nobody in the role has.

## Time

```toml
[service.hours]
week = { mon = "09:00-12:00, 13:00-17:00", tue = "09:00-17:00", fri = "22:00-06:00" }
holidays = "DE-BE"

[service.targets]
first_response = { normal = "4 business hours", high = "2 business hours", urgent = "30m" }
resolution = { normal = "3 business days", urgent = "1 business day" }
```

`[service.hours]` says when the desk is there, `[role.hours]` when a role is, if that differs. A shift may have a break
(`"09:00-12:00, 13:00-17:00"`) or go over midnight (`"22:00-06:00"`). `holidays` takes a country or region (`"DE-BE"`),
from the package `holidays`; a holiday takes away every shift that begins on it.

* `4 business hours` is four hours of opening time. Where the clocks change, an hour is an hour that really passes.
* `1 business day` is the same time on the next working day, or the nearest moment at which the desk is there. What
  comes outside of opening time counts from the next opening.
* `3d`, `1h30m` is plain time; `friday`, `tomorrow 14:00`, `24.12.` are moments.

`[service.targets]` has how soon a case of each priority should be answered first and resolved. When three quarters of
that time have passed, the CSR is reminded by mail; before the first answer so is everybody of the role who is there.
When it has passed, they are reminded once more, and admins get an alarm. The target of the first answer stands in the
acknowledgement (`{tag_answer_by}`). A new priority brings new targets, a reopened case a new one for its end; while a
case is pending, its end does not come nearer. When a due date comes, the CSR is reminded (with nobody assigned, the
role), and `case.due` happens.
"""


def page() -> str:
    """The whole page."""
    values = [f"| `{one.path}` | {one.kind} | {one.help} |" for one in FIELDS]
    actions = [f"| `{name}` | {_cell(one.takes)} | {one.help} |" for name, one in ACTIONS.items()]
    words = _WORDS.format(filters=_listed(FILTERS), tests=_listed(TESTS), methods=_listed(METHODS))
    return _TOP + "\n".join(values) + "\n" + words + "\n".join(actions) + "\n" + _END + section() + _MODES


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{one}`" for one in sorted(names))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
