"""PURE: greeting and sign-off: made from the config's line, and found where the CSR typed them already."""

from __future__ import annotations

import re

# First words of a greeting in the languages our letters are answered in. Compared case folded, whole words only.
_GREETINGS = (
    r"hello|hi|hey|hiya|dear|greetings|good (?:morning|afternoon|evening|day)"
    r"|hallo|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|moin|servus|grüezi|grüß gott"
    r"|bonjour|bonsoir|salut|ch(?:er|ère|ers)|madame|monsieur"
    r"|hola|buen[oa]s (?:días|dias|tardes|noches)|estimad[oa]s?|querid[oa]s?"
    r"|ciao|buongiorno|buonasera|gentile|egregi[oa]|salve"
    r"|olá|ola|bom dia|boa tarde|prezad[oa]|car[oa]"
    r"|hoi|goede(?:morgen|middag|navond|ndag)|geachte|beste"
    r"|hej|hei|god (?:dag|morgon|morgen)|bästa|kære|kjære|hyvä"
    r"|dzień dobry|witam|cześć|szanown[yia]|dobrý den|ahoj|merhaba|sayın"
    r"|здравствуйте|добрый день|уважаем[а-я]{2}|привет|здрастуйте"
)
_OPENS = re.compile(rf"(?:{_GREETINGS})(?=[\s,!.:]|$)", re.IGNORECASE)
#: Written without blanks, so a word's end cannot be seen.
_OPENS_UNSPACED = ("您好", "你好", "こんにちは", "お世話になって", "안녕하세요")

_CLOSINGS = (
    r"(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many)? ?regards|all the best|best wishes|best"
    r"|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|cheers"
    r"|(?:mit )?(?:freundliche|beste|liebe|viele|herzliche)[nm]? gr(?:ü|u|ue)(?:ß|ss)(?:en?)?|mfg|lg|vg"
    r"|(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|cordiali saluti|distinti saluti|saluti"
    r"|atenciosamente|com os melhores cumprimentos|cumprimentos|met vriendelijke groet(?:en)?|groet(?:en|jes)?"
    r"|(?:med )?vänliga hälsningar|mvh|(?:med )?venlig hilsen|vennlig hilsen|ystävällisin terveisin"
    r"|z poważaniem|pozdrawiam|s pozdravem|saygılarımla|с уважением|з повагою"
)
_CLOSES = re.compile(rf"(?:{_CLOSINGS})[\s,.!–-]{{0,4}}", re.IGNORECASE)
#: Thanks close a letter only above a name; else they are the letter's last words.
_THANKS = re.compile(
    r"(?:many |with )?(?:thanks|thank you|danke|vielen dank|merci|gracias|grazie)[\s,.!]{0,4}", re.IGNORECASE
)
_CLOSES_UNSPACED = ("敬具", "此致", "よろしくお願い")

_LOOKED_AT = 400  # characters of a line; no greeting is longer
_WORDS_AFTER = 4
_LAST_LINES = 5
_PUNCTUATION = ",.!:;，。！："


def tidied(line: str, *, name: str) -> str:
    """A rendered greeting without the gap that a missing name leaves: "Hello ," becomes "Hello,"."""
    if not name:
        # "Hello {name}!" leaves one blank, French "Bonjour {name} !" two, of which one belongs there.
        line = re.sub(rf"(?<!\s) (?=[{_PUNCTUATION}])", "", line)
    lines = (" ".join(one.split()) for one in line.strip().split("\n"))
    return "\n".join(lines) if any(letter.isalnum() for letter in line) else ""


def opens_with_greeting(text: str, ours: str) -> bool:
    """Whether the first line of an answer greets, in any of the languages or in the words of our own greeting."""
    first = next((one.strip() for one in text.split("\n") if one.strip()), "")[:_LOOKED_AT]
    if not first:
        return False
    if ours and _plain(first).startswith(_plain(ours)):
        return True
    if first.startswith(_OPENS_UNSPACED):
        return True
    match = _OPENS.match(first)
    if match is None:
        return False
    # "Hi Carla, the printer ..." and "Dear Ms Jensen" greet; "Hello World prints nothing on my machine" does not.
    rest = first[match.end() :]
    before_pause = re.split(rf"[{_PUNCTUATION}–]", rest, maxsplit=1)[0]
    return len(before_pause.split()) <= _WORDS_AFTER


def closes_with_sign_off(text: str, names: tuple[str, ...], ours: str) -> bool:
    """Whether the last lines of an answer sign off: a closing phrase, our own sign-off, or the writer's name alone."""
    lines = [one.strip()[:_LOOKED_AT] for one in text.split("\n") if one.strip()][-_LAST_LINES:]
    if not lines:
        return False
    own = {_plain(one) for one in names if one}
    if _plain(lines[-1]) in own or (ours and _plain(" ".join(lines)).endswith(_plain(ours))):
        return True
    for place, line in enumerate(lines):
        above_name = place + 1 < len(lines) and (_plain(lines[place + 1]) in own or place + 2 == len(lines))
        if _CLOSES.fullmatch(line) or line.startswith(_CLOSES_UNSPACED):
            return True
        if above_name and _THANKS.fullmatch(line) and len(lines[place + 1].split()) <= _WORDS_AFTER:
            return True
    return False


def ends_with_signature(text: str, signature: str) -> bool:
    """Whether the writer's mail program has put the signature there already."""
    wanted = _plain(signature)
    return bool(wanted) and wanted in _plain(text[-len(signature) * 3 - 2_000 :])


def _plain(text: str) -> str:
    """The letters and digits of a text, for comparing two ways of typing it."""
    return " ".join("".join(one if one.isalnum() else " " for one in text.casefold()).split())
