"""PURE: the codes of languages that the config may name: "de", "pt-BR" (ISO 639, BCP 47). Names come from Babel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from mailticket.domain.near_names import nearest

_CODE = re.compile(r"([a-z]{2,3})(-[A-Z]{2})?")


def trouble_with(code: str) -> str:
    """Why this is no code of a language, for the end of a sentence that names it; "" if it is one."""
    codes = _names().values()
    match = _CODE.fullmatch(code)
    if match and match[1] in codes:
        return ""
    language, _, region = code.replace("_", "-").partition("-")
    tidied = f"{language.lower()}-{region.upper()}" if region else language.lower()
    is_tidy = tidied != code and not trouble_with(tidied)
    meant = tidied if is_tidy else _names().get(nearest(code, _names())) or nearest(code, codes)
    return f'; did you mean "{meant}"?' if meant else '; write its code, for example "de" or "pt-BR"'


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Code by English name: "German" has "de"."""
    languages = Locale("en").languages
    return {name: code for code, name in languages.items() if _CODE.fullmatch(code)}
