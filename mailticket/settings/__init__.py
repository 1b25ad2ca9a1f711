"""I/O: the config file, its secrets and the admin's template files, turned into frozen values.

`reading` finds the file and gives a Config whose paths are absolute and whose passwords are filled in, or every
mistake in it at once. `mistakes` has the words for each kind of mistake, `passwords` the places where a secret may
lie, `answers` the ready answers, `templates` the letters, `not_yet` the keys that this version accepts but does not
carry out.
"""

from mailticket.settings.not_yet import not_yet
from mailticket.settings.reading import find, load
from mailticket.settings.templates import templates_of, web_templates

__all__ = ["find", "load", "not_yet", "templates_of", "web_templates"]
