"""PURE: the words of automatic mail, by language: subjects of auto-replies, words of absence. Tables only.

The regular expressions are matched without regard to case.
"""

from __future__ import annotations

#: What mail servers put before the subject of an automatic answer, in a server's own words: no human types these.
AUTOMATIC_SUBJECTS = (
    r"auto(?:matic|mated|matically generated)?[ -]?(?:reply|response|answer)|autoreply|autoresponse",
    r"automatische antwort|automatische rückantwort|automatisches antwort\w*|autoantwort",
    r"réponse automatique|message automatique d'absence",
    r"respuesta automática|respuesta automatica|resposta automática|resposta automatica",
    r"risposta automatica",
    r"automatisch antwoord|automatische beantwoording",
    r"autosvar|automatiskt svar|automatisk svar|automatisk besvarelse",
    r"automaattinen vastaus",
    r"odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|automatická odpoveď",
    r"automatikus válasz|răspuns automat|automatski odgovor|samodejni odgovor",
    r"автоматический ответ|автоответ|автоматична відповідь|автоматичен отговор",
    r"otomatik yanıt|αυτόματη απάντηση|automatinis atsakymas|automātiskā atbilde|automaatvastus",
    r"自動応答|自動返信|自动答复|自动回复|自動回覆|자동 회신|תשובה אוטומטית|رد تلقائي|trả lời tự động|balasan otomatis",
)
#: Subjects of absence notes that a human might also write; they count only with words of absence in the text.
ABSENCE_SUBJECTS = (
    r"out of (?:the )?office|ooo\b|i am out of|i'm out of|away from|on vacation|vacation|annual leave|on holiday",
    r"abwesenheit\w*|abwesend|außer haus|nicht im büro|urlaub\w*|im urlaub|ich bin (?:nicht im|im urlaub|derzeit)",
    r"absen(?:ce|t)\b.{0,20}|en congés?|hors du bureau|en vacances",
    r"fuera de (?:la )?oficina|ausente|ausencia|de vacaciones|fora do escritório|ausência|de férias",
    r"fuori (?:sede|ufficio)|assente|assenza|in ferie",
    r"afwezig\w*|niet aanwezig|met vakantie|op vakantie",
    r"frånvaro\w*|ej på kontoret|på semester|fravær\w*|ikke på kontoret|poissa\w*|lomalla",
    r"nieobecnoś\w*|poza biurem|nepřítomn\w*|mimo kancelář|irodán kívül|в отпуске|отсутств\w*|ofis dışında",
    r"不在|休暇|外出|부재중",
)
#: Words of absence in the text of a vacation note.
ABSENCE = (
    r"out of (?:the |my )?office|(?:currently|away) on (?:leave|vacation|holiday)"
    r"|annual leave|parental leave|sick leave"
    r"|on vacation|limited access to (?:my )?e-?mail|i (?:am|will be) (?:away|out|on (?:leave|holiday))"
    r"|i'm (?:away|out|on (?:leave|holiday))|(?:back|return) (?:in the office|to the office|on)\b|not in the office",
    r"nicht im (?:büro|haus)|außer haus|im urlaub|abwesend|abwesenheit|nicht erreichbar"
    r"|wieder (?:erreichbar|im büro|da)"
    r"|elternzeit|zurück am",
    r"absente?s? (?:du bureau|jusqu|du \d|ce|actuellement)|je suis (?:actuellement )?absente?|en congés?|hors du bureau"
    r"|de retour le",
    r"fuera de (?:la )?oficina|de vacaciones|estaré ausente|fora do escritório|de férias|estarei ausente",
    r"fuori (?:sede|ufficio)|sono assente|in ferie|sarò assente|assente (?:dall|fino)",
    r"afwezig|niet aanwezig|op vakantie|niet op kantoor",
    r"ej på (?:kontoret|plats)|inte på kontoret|på semester|ikke på kontoret|på ferie"
    r"|fraværende|tjänstledig|lomalla|poissa",
    r"nieobecn\w+|poza biurem|na urlopie|nepřítom\w+|mimo kancelář|na dovolen\w+|nem vagyok az irod\w+|szabadság\w+",
    r"в отпуске|отсутству\w+|у відпустці|ofis dışında|izinde|εκτός γραφείου|în concediu|na odmoru",
    r"不在|休暇|外出中|休假|부재|휴가",
)

#: The answer to a meeting request, before its title: en de fr es it pt nl sv da/no fi pl cs ru tr ja zh.
MEETING_ANSWERS = (
    r"accepted|declined|tentative(?:ly accepted)?|zugesagt|abgelehnt|mit vorbehalt|unter vorbehalt"
    r"|accepté|refusé|provisoire"
    r"|aceptad[oa]|rechazad[oa]|provisional|accettat[oa]|rifiutat[oa]|provvisori[oa]|aceite|recusad[oa]"
    r"|geaccepteerd|geweigerd"
    r"|voorlopig|accepterat|accepterad|avböjt|preliminärt|accepteret|afvist|godtatt|avslått|hyväksytty|hylätty"
    r"|zaakceptowano|odrzucono|přijato|odmítnuto|принято|отклонено|kabul edildi|reddedildi|承諾|辞退|已接受|已拒绝",
)

#: Local parts of senders that nobody reads.
NO_REPLY = (
    r"(?:.{0,40}[-_.+])?(?:no|not|non|dont|don't|do[-_.]?not|donot)[-_.]?repl(?:y|ies)(?:[-_.+\d].{0,60})?",
    r"nicht[-_.]?antworten|keine[-_.]?antwort|ne[-_.]?pas[-_.]?repondre|nepasrepondre|no[-_.]?responder|nao[-_.]?responda",
    r"non[-_.]?rispondere|niet[-_.]?beantwoorden|ikke[-_.]?svar|svara[-_.]?inte|bounces?(?:[-_.+].{0,200})?",
)
#: Local parts of programs that answer mail.
ANSWERING_PROGRAMS = (r"(?:mailer|mail|mail-delivery)[-_.]?daemon|mdaemon|auto[-_.]?(?:reply|responder|mailer)",)

#: The subject of a complaint that is no feedback report by its form (Outlook.com's junk mail reporting).
COMPLAINTS = (r"complaint about message from \d{1,3}\.\d{1,3}\.",)

#: Subjects and texts of services that let a mail through only when its sender confirms.
CHALLENGE_SUBJECTS = (
    r"(?:please |action required:? ?)?(?:confirm|verify) (?:your|this|that|delivery|you).{0,80}|.{0,60}\(verification\)"
    r"|.{0,40}confirmation required.{0,60}|your (?:e-?mail|message) (?:requires|is (?:waiting|awaiting)).{0,80}"
    r"|.{0,60}verification (?:required|request).{0,60}|bitte bestätigen sie ihre (?:e-?mail|nachricht).{0,60}",
)
CHALLENGES = (
    r"(?:not|prove|proves|that) (?:you are )?(?:a spammer|(?:a )?(?:real )?(?:human|person))"
    r"|(?:click|reply|follow).{0,80}(?:so that|for|to have) your (?:e-?mail|message) (?:to be |be |is )?delivered"
    r"|(?:only|just) (?:have|need) to (?:do this|confirm|verify) once|allowed senders|approved senders?|whitelist"
    r"|spam ?arrest|boxtrapper|challenge[-/ ]response|unsolicited (?:e-?mail|messages).{0,80}confirm",
)
