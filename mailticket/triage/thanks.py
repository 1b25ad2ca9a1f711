"""PURE: is this nothing but a thank-you? Then every word is one of thanks, all in one of ten languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Longer than this, it says something.
_MOST_LETTERS, _MOST_WORDS = 300, 30
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SMILEYS = re.compile(r"[:;=]-?[)D(Pp]|<3")
#: Below this line stands a signature (RFC 3676 section 4.3).
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_SENT_FROM = re.compile(
    r"^(?:sent from|get outlook|von meinem|gesendet von|envoy[ée] de|enviado desde|enviado do|inviato da"
    r"|verzonden vanaf|wysłano z|skickat från|sendt fra)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Language:
    """`thanks`: one of these words must be there. `around`: these may be, for whom, what for, that it works, greetings.

    No word is among them that can say that something is wrong: "again" and "problem" are missing on purpose.
    """

    thanks: str
    around: str

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.thanks.split(), *self.around.split()))


_LANGUAGES = (
    _Language(
        "thanks thank thx ty cheers",
        "hi hello hey dear good morning afternoon evening day you very much so many a lot for your the help quick "
        "fast great kind reply answer response support assistance that this it is was works worked working now "
        "fine all best perfect perfectly excellent wonderful awesome super warm kindest regards greetings wishes "
        "sincerely yours bye solved resolved fixed have nice weekend and ok okay appreciated really helpful "
        "everyone team",
    ),
    _Language(
        "danke dankeschön dank",
        "hallo liebe lieber liebes sehr geehrte geehrter guten tag morgen vielen herzlichen ihnen euch dir ihre "
        "eure deine für die schnelle rasche hilfe antwort rückmeldung unterstützung es hat geklappt funktioniert "
        "jetzt alles klar ist das war bestens perfekt toll prima super mit freundlichen viele beste herzliche "
        "grüßen grüße gruß lg vg mfg und team gelöst erledigt schönes wochenende schönen",
    ),
    _Language(
        "merci remercie remerciements",
        "bonjour bonsoir beaucoup mille infiniment pour votre ton l'aide aide réponse rapide ça ca marche "
        "fonctionne bien maintenant c'est est tout parfait super cordialement à vous salutations bonne journée je "
        "de la le les équipe et résolu",
    ),
    _Language(
        "gracias agradezco agradecido agradecida",
        "hola buenos días buenas tardes muchas mil muy por su tu la ayuda respuesta rápida ya funciona perfecto "
        "todo bien saludos un cordial saludo atentamente le lo equipo y resuelto",
    ),
    _Language(
        "grazie ringrazio",
        "ciao buongiorno buonasera salve mille tante molte per il la l'aiuto vostra tua suo aiuto risposta rapida "
        "ora funziona tutto perfetto cordiali saluti distinti buona giornata vi ti e risolto",
    ),
    _Language(
        "bedankt dank dankjewel dankuwel",
        "hoi hallo goedemorgen goedemiddag beste je u wel heel erg hartelijk voor uw jullie de hulp snelle reactie "
        "antwoord het werkt nu top prima met vriendelijke groet groeten groetjes en opgelost",
    ),
    _Language(
        "obrigado obrigada agradeço",
        "olá oi bom dia boa tarde muito pela por sua ajuda resposta rápida já está a funcionar funciona tudo certo "
        "perfeito cumprimentos atenciosamente abraço e resolvido",
    ),
    _Language(
        "dziękuję dziękujemy dzięki dziekuje",
        "dzień dobry cześć bardzo serdecznie za pomoc szybką odpowiedź działa teraz już wszystko super pozdrawiam "
        "pozdrowienia z poważaniem i rozwiązane",
    ),
    _Language(
        "tack tackar",
        "hej hejsan så mycket för hjälpen svaret snabba det fungerar nu allt bra perfekt med vänliga vänlig "
        "hälsningar hälsning mvh och löst",
    ),
    _Language(
        "tak takk",
        "hej goddag kære skal du have mange tusind for hjælpen hurtige svar det virker nu fint perfekt med venlig "
        "hilsen mvh vh og løst",
    ),
)
_WORDS = tuple((frozenset(one.thanks.split()), one.words) for one in _LANGUAGES)


def is_mere_thanks(text: str, names: Iterable[str] = ()) -> bool:
    """Short, no question mark, and no word but thanks, courtesies and the names of those who write to each other."""
    said = _SENT_FROM.sub("", _SIGNATURE.split(text, maxsplit=1)[0])
    if "?" in said or "？" in said or len(said) > _MOST_LETTERS or any(one.isdigit() for one in said):
        return False
    known = {part.lower() for name in names for part in _WORD.findall(name)}
    words = {one.lower().replace("’", "'") for one in _WORD.findall(_SMILEYS.sub(" ", said))} - known
    is_short = len(_WORD.findall(said)) <= _MOST_WORDS
    return is_short and any(words & thanks and words <= allowed for thanks, allowed in _WORDS)
