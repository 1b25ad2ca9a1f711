"""PURE: the words that mail clients themselves write into mails, by language. Tables only."""

from __future__ import annotations

#: The verb of an attribution ("On … Jane wrote:"), lower case.
WROTE = (
    *("wrote", "writes", "schrieb", "schreibt", "geschrieben", "a écrit", "a ecrit", "écrivait"),
    *("escribió", "escribio", "escribía", "escreveu", "ha scritto", "scrive", "schreef", "het volgende geschreven"),
    *("skrev", "skriver", "kirjoitti", "napisał(a)", "napisała", "napisał", "napisal(a)", "napisala", "napisal"),
    *("pisze", "napsal(a)", "napsala", "napsal", "píše", "napísal(a)", "je napisao/la", "je napisao"),
    *("je napisal/a", "je napisala", "je napisal", "rašė", "kirjutas", "rakstīja", "írta", "a scris"),
    *("написал(а)", "написала", "написал", "пишет", "пише", "написав", "şunu yazdı", "yazdı", "έγραψε"),
    *("đã viết", "menulis"),
)
#: The same where a language sets no blanks.
WROTE_UNSPACED = ("写道", "寫道", "님이", "書きました", "のメール")

#: What an attribution may begin with: "On", or the weekday that follows it in other languages.
ON = (
    "on am le el il em op den dne dnia în vào pada στις in w pe ma ti ke to la su lør søn tor fre ons tir man "
    "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday "
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "lundi mardi mercredi jeudi vendredi samedi dimanche пн вт ср чт пт сб вс в у date message"
).split()

#: The label of the sender's line in a quote header (Outlook, Apple Mail, Notes), lower case.
FROM = frozenset(
    "from von de da van från fra od от від lähettäjä feladó expéditeur remitente mittente afzender avsändare "
    "absender kimden gönderen из 发件人 寄件者 寄件人 差出人 送信者 보낸사람 מאת saatja no nuo".split()
) | {"보낸 사람", "de la", "от кого", "sent by", "gesendet von"}

#: The title of a forwarded mail, as regular expressions.
FORWARDED = (
    r"forwarded (?:message|by|mail)|begin forwarded message|start of forwarded message",
    r"weitergeleitete (?:nachricht|mail|e-mail)|anfang der weitergeleiteten (?:nachricht|e-mail)",
    r"(?:début du )?message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])",
    r"(?:inicio del )?mensaje reenviado",
    r"mensagem (?:encaminhada|reencaminhada)",
    r"(?:inizio )?messaggio inoltrato",
    r"(?:begin )?doorgestuurd bericht",
    r"vidarebefordrat (?:meddelande|brev)",
    r"videresendt (?:besked|melding|meddelelse)",
    r"välitetty viesti",
    r"wiadomość przekazana|przekazana wiadomość",
    r"přeposlaná zpráva",
    r"(?:начало )?(?:пересылаемо|переадресованно|пересланно)\w{1,3} сообщени\w",
    r"iletilen (?:mesaj|ileti)",
    r"転送されたメッセージ|转发(?:的)?(?:邮件|消息)|轉寄(?:的)?郵件|전달된 메시지",
)
#: Subject prefixes of forwards. VS is missing on purpose: in Finnish it answers, in Norwegian it forwards.
FORWARD_PREFIXES = "fwd fw wg tr rv i enc doorst vb vl pd ilt i̇lt 转发 轉寄 転送 전달".split()

#: Taglines of phones and apps, each a line of its own, as regular expressions.
SENT_FROM = (
    r"sent (?:from|via|with|using) (?:my|outlook|mail|yahoo|proton|gmail|iphone|ipad|samsung|android|the)\b.{0,60}",
    r"get outlook for (?:ios|android|mac).{0,60}",
    r"gesendet (?:von|mit|aus|über)\b.{0,60}",
    r"(?:von|diese nachricht wurde von) mein\w{1,3} .{2,50} gesendet.?",
    r"envoyé (?:depuis|de|à partir|avec)\b.{0,60}|télécharge[rz] outlook\b.{0,60}",
    r"enviado (?:desde|do|da|a partir)\b.{0,60}|obtener outlook\b.{0,60}|obter o? ?outlook\b.{0,60}",
    r"inviato (?:da|dal|dall)\b.{0,60}",
    r"(?:verzonden|verstuurd) (?:vanaf|met|vanuit|via)\b.{0,60}",
    r"wysłan[eoy] (?:z|ze)\b.{0,60}",
    r"skickat från\b.{0,60}|sendt fra\b.{0,60}|lähetetty\b.{0,60}",
    r"odesláno (?:z|ze|pomocí)\b.{0,60}",
    r"отправлено (?:с|из)\b.{0,60}",
    r".{0,30}(?:dan|den|umdan|imden) gönderildi",
    r"iphoneから送信|(?:從|从)我的.{0,20}(?:傳送|寄出|发送)|나의 .{0,20}에서 보냄",
)
