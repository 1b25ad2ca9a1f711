"""PURE: the words of delivery reports: senders, subjects, reasons, delays, where the returned mail begins. Tables only.

Regular expressions, matched without regard to case.
"""

from __future__ import annotations

#: Local parts and display names of mail systems, blanks left out.
DAEMONS = (
    r"(?:.{0,60}[-_.+])?(?:mailer|mail|delivery|mailerdaemon|e?mailsystem)[-_.]?(?:daemon|(?:delivery)?(?:sub)?system|agent)",
    r"(?:mailer|m)?daemon|mail-?deliver\w*|microsoftexchange\w*",
)
#: The same where a person may also write: who runs a mail system, and who reads what comes back to a list.
MAIL_SYSTEMS = (*DAEMONS, r"post-?master|postmast|.{0,20}bounces?(?:[-_.+].{0,80})?")
#: What X-Mailer says of programs that no person types into, from its start.
PROGRAMS = (
    r"microsoft cdo|php|swift|sinamail|mailman|perl|python|java|mime::|libmail|cgi|sendmail|blat|vb ?smtp|aspmail",
)

#: What only a report says of itself, within its first lines.
OPENINGS = (
    r"(?:message|mail|e-?mail|subject).{0,200}(?:could|can|was)(?: ?not|n't) (?:be )?deliver(?:ed)? to",
    r"(?:could|can|was)(?: ?not|n't) (?:able to )?deliver (?:your |the |this )?(?:message|mail|e-?mail) to",
    r"non-?delivery report|delivery of (?:your |the |this )?(?:message|mail|e-?mail) to",
    r"your (?:message|mail|e-?mail) to .{3,200}(?:was|has been) (?:automatically )?rejected",
    r"votre message n'a pas pu (?:ê|e)tre d(?:é|e)livr(?:é|e)",
    r"^you are not a member of this mailing list",
    r"ihre (?:nachricht|e-?mail).{0,80}konnte nicht zugestellt werden",
)

#: Subjects of delivery reports.
SUBJECTS = (
    r"undeliver|delivery (?:status|failure|failed|report|notification|problem|error|warning|has failed|incomplete)",
    r"(?:mail|message|e-?mail).{0,30}(?:not (?:yet )?(?:been )?(?:be )?delivered|fail|return|could ?not|undeliver"
    r"|bounce|delay|blocked|error)",
    r"fail(?:ure|ed).{0,30}(?:notice|deliver|mail|message|to send)|returned? (?:mail|to sender|e-?mail|message)",
    r"non.?delivery|unable to deliver|problem delivering|mail system error|user unknown|processing error",
    r"nondeliverable|rejected|bounced? (?:mail|message)",
    r"^you .{3,200} are not (?:a )?member \(|not member article from",  # fml, a mailing list's program
    r"unzustellbar|nicht zugestellt|zustell(?:ung|fehler)|non remis|échec de|no se puede entregar",
    r"impossibile recapitare|onbestelbaar|kunde inte levereras|ikke leveres|toimittamat|niedostarczon|nedoručiteln",
    r"不達|配信|退信|未能投递|недоставлен|не доставлено|teslim edilemedi",
)

#: Why a mail did not arrive, on one line of the report.
REASONS = (
    r"(?:user|recipient|address|mailbox|account|host|domain|mail ?box).{0,60}(?:unknown|not (?:found|exist|listed|valid"
    r"|available|local)|full|disabled|inactive|rejected|invalid|does(?:n't| not)|over.?quota"
    r"|exceeded|unavailable|suspended)",
    r"unknown (?:user|recipient|address|mailbox|local)|no such (?:user|recipient|mailbox|address|person|domain|host)",
    r"invalid (?:recipient|user|address|mailbox)|not listed|access denied|unrouteable|permanent error|delivery error",
    r"(?:could|can|was|were|did)(?: ?not|n't) (?:be )?(?:deliver|reach|find|found|accept|send|sent|locate)\w*",
    r"not (?:yet )?(?:been )?(?:be )?delivered|undeliver\w+|failed|failure|reject\w*|been returned|over.?quota",
    r"quota exceed\w*|mailbox full|(?<![\d.])[45]\d\d[ -]|[45]\.\d\.\d{1,3}",
    r"not a member of this mailing list",
    r"unzustellbar|konnte nicht|nicht zugestellt|n'a pas pu|n'existe pas|no se ha podido|non è stato|kunde inte",
    r"存在しません|見つかりません|配信できません|не доставлено|не найден",
)

#: That the mail is still being tried.
DELAYS = (
    r"\bdelay(?:ed)?\b|still (?:trying|being|be retried)|will (?:be retried|retry|continue|keep trying)|deferred",
    r"not yet been delivered|temporar(?:y|ily) (?:fail|problem|unable)|warning: (?:could|message)|verzögert",
    r"you do not need to resend|this is a warning message only",
)

#: The line from which on the returned mail stands in a plain text.
RETURNED = (
    r"-{2,}.{0,20}(?:original|unsent|returned|your|copy|message (?:header|text)).{0,60}",
    r"-{3,}.{0,10}below this line is.{0,60}",
    r".{0,20}(?:here is|this is|it included|following is) .{0,20}(?:copy|original|returned).{0,80}",
    r"(?:original|returned) (?:message|mail)(?: (?:headers?|follows))?\W{0,5}|bounced e-?mail\W{0,5}",
    r"(?:ursprüngliche|en-tête|encabezados).{0,40}original.{0,20}",
)
#: The same by the returned mail's own header, which is not indented (a report may list some fields of it).
RETURNED_HEADER = (r"received: ?from .{1,400}|return-path: ?<.{0,300}|message-id: ?<.{1,400}|mime-version: ?1.{0,20}",)
