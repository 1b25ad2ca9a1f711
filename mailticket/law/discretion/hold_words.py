"""PURE: how people announce a file, in ten languages: words that promise one which then must be there."""

from __future__ import annotations

import re

_BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:is|are|have|has|i've|we've|please find|find|see|the|my|our)\s+(?:\w+\s+){0,3}?attached",
        r"attached\s+(?:is|are|you|please|to this)",
        r"(?:i|we)(?:'m| am|'re| are)?\s+(?:\w+\s+)?attach(?:ing)?",
        r"(?:see|in|find|open)\s+(?:the|this|my|our)\s+(?:\w+\s+)?attachments?",
        r"(?:please find|find|i have|i've)\s+(?:\w+\s+){0,3}?enclosed",
        r"enclosed\s+(?:is|are|you|please)",
        r"(?:is|are)\s+enclosed",
    ),
    "de": (
        r"anbei",
        r"(?:im|als|siehe|s\.)\s+anhang",
        r"in\s+der\s+anlage",
        r"(?:angehängt|angehaengt|angefügt|angehängte[nrsm]?|beigefügt|beigefügte[nrsm]?|beiliegend(?:e[nrsm]?)?)",
        r"(?:hänge|füge)\s+ich\s+(?:\w+\s+){0,6}?an",
    ),
    "fr": (
        r"ci[- ]?joint(?:e?s?)",
        r"(?:en|voir la|dans la)\s+pi[eè]ces?\s+jointes?",
        r"je\s+(?:vous\s+)?joins",
        r"en\s+annexe",
    ),
    "es": (
        r"(?:le|te|les|os)?\s?adjunt(?:o|amos|é|amos)\b",
        r"(?:archivo|documento|fichero)s?\s+adjuntos?",
        r"se\s+adjuntan?",
    ),
    "it": (r"in\s+allegato", r"(?:le|ti|vi)\s+allego", r"allegat[oaie]\s+(?:trova|trovi|alla|il|la)", r"alleghiamo"),
    "nl": (r"(?:in\s+de|als)\s+bijlagen?", r"bijgevoegd(?:e)?", r"bijgaand(?:e)?", r"zie\s+(?:de\s+)?bijlagen?"),
    "pt": (r"em\s+anexo", r"segue(?:m)?\s+(?:em\s+)?anex[oa]s?", r"anexamos", r"(?:ficheiro|arquivo)s?\s+anexos?"),
    "pl": (r"w\s+załącz(?:niku|nikach|eniu)", r"załącza(?:m|my)", r"przesyłam\s+w\s+załączeniu"),
    "sv": (r"bifoga[drt]?e?", r"i\s+bilagan?", r"se\s+bilagan?"),
    "da": (r"vedhæft(?:er|et|ede)", r"vedlagt(?:e)?", r"i\s+(?:den\s+)?vedhæftede", r"som\s+bilag"),
}

#: Finds the first such words in a text, in any of the languages.
ANNOUNCES_A_FILE = re.compile(
    "|".join(rf"(?<!\w)(?:{one})(?!\w)" for many in _BY_LANGUAGE.values() for one in many), re.IGNORECASE
)
