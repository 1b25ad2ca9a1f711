"""What admins often want, as rules that docs/rules.md shows: each is read by the loader and seen to fire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """`wish` in an admin's words, the rule as it stands in the config."""

    wish: str
    rule: str


RECIPES = (
    Recipe(
        "A big customer goes to the one who knows them, before all others",
        """
[[trigger]]
name = "Example Ltd"
on = "case.created"
when = "customer.domain == 'example.org'"
then = [{ assign = "jane@example.com" }, { priority = "high" }, { tag = "vip" }]
""",
    ),
    Recipe(
        "What cannot wait is told to everybody of the role at once",
        """
[[trigger]]
name = "outage"
on = "case.created"
when = "'outage' in subject|lower or 'nothing works' in text|lower"
then = [{ priority = "urgent" }, { due = "2 business hours" }, { notify = ["support"] }]
""",
    ),
    Recipe(
        "Mail in German goes to those who speak it (with `new_case = \"skills\"`)",
        """
[[trigger]]
name = "in German"
on = "case.created"
when = "case.language == 'de'"
then = [{ skill = "german" }]
""",
    ),
    Recipe(
        "An order with a file gets its tag and its custom field",
        """
[[trigger]]
name = "orders"
on = "case.created"
when = "mail.has_files and 'order' in subject|lower"
then = [{ tag = "order" }, { field = { product = "printer" } }]
""",
    ),
    Recipe(
        "Newsletters are put away, and no other rule looks at them",
        """
[[trigger]]
name = "newsletters"
on = "case.created"
when = "mail.sender.startswith('newsletter@')"
then = [{ status = "resolved other" }, { stop = true }]
""",
    ),
    Recipe(
        "Mail by night says so to whoever comes in the morning",
        """
[[trigger]]
name = "by night"
on = "case.created"
when = "not hours.is_open"
then = [{ tag = "night" }, { note = "It came outside of business hours." }]
""",
    ),
    Recipe(
        "A customer who asks again before anybody has answered is escalated, once",
        """
[[trigger]]
name = "asked twice"
on = "case.customer_replied"
when = "not case.is_answered and case.age_hours > 4"
then = [{ escalate = true }]
once = true
""",
    ),
    Recipe(
        "A question of ours waits three days for its answer, then the case is back on the desk",
        """
[[trigger]]
name = "asked back"
on = "case.csr_replied"
when = "text.strip().endswith('?')"
then = [{ status = "pending 3d" }]
""",
    ),
    Recipe(
        "What is due and not done is told to the boss",
        """
[[trigger]]
name = "due"
on = "case.due"
when = "case.priority in ['high', 'urgent']"
then = [{ notify = ["boss@example.com"] }, { watch = ["boss@example.com"] }]
""",
    ),
    Recipe(
        "Another program hears of every case that is closed",
        """
[[trigger]]
name = "tell the shop"
on = "case.status"
when = "case.status == 'closed'"
then = [{ webhook = "https://shop.example.com/hooks/cases" }]
""",
    ),
)  # fmt: skip


def section() -> str:
    """The part of the page."""
    shown = [f"{one.wish}:\n\n```toml{one.rule}```" for one in RECIPES]
    return "## Recipes\n\n" + "\n\n".join(shown) + "\n"
