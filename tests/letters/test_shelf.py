"""Whose templates are counted: what an admin writes is, what is shipped is not."""

from __future__ import annotations

import pytest

from mailticket.letters.shelf import Shelf
from mailticket.sandbox import TemplateMistake

_LOOPS = "{% for one in numbers %}{% for other in numbers %}{% endfor %}{% endfor %}done"
_VALUES = {"numbers": list(range(400))}


def test_a_template_of_an_admin_that_loops_within_loops_is_stopped() -> None:
    shelf = Shelf([("support/", {"own.txt": _LOOPS})], [("", {"shipped.txt": _LOOPS})])
    with pytest.raises(TemplateMistake, match=r"support/own\.txt.*steps"):
        shelf.page("own.txt", _VALUES)
    assert shelf.page("shipped.txt", _VALUES) == "done\n"


def test_a_shipped_template_that_includes_an_admins_is_stopped_there() -> None:
    shelf = Shelf([("", {"_part.txt": _LOOPS})], [("", {"_part.txt": "", "whole.txt": '{% include "_part.txt" %}'})])
    with pytest.raises(TemplateMistake, match="steps"):
        shelf.page("whole.txt", _VALUES)
