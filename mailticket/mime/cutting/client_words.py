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
    r"(?:início da )?mensagem (?:encaminhada|reencaminhada)",
    r"(?:inizio )?messaggio inoltrato",
    r"(?:begin )?doorgestuurd bericht",
    r"vidarebefordrat (?:meddelande|brev|mejl)",
    r"(?:start på )?videresendt (?:besked|melding|meddelelse)",
    r"välitetty viesti",
    r"wiadomość przekazana|przekazana wiadomość|(?:początek przekazywanej|treść przekazanej) wiadomości",
    r"přeposlaná zpráva|začátek přeposlané zprávy",
    r"(?:начало )?(?:пересылаемо|переадресованно|пересланно)\w{1,3} сообщени\w",
    r"iletilen (?:mesaj|ileti)|iletilmiş ileti",
    r"転送されたメッセージ|转发(?:的)?(?:邮件|消息)|轉寄(?:的)?郵件|전달된 메시지",
)
#: Subject prefixes of forwards. VS is missing on purpose: in Finnish it answers, in Norwegian it forwards.
FORWARD_PREFIXES = "fwd fw wg tr rv i enc doorst vb vl pd ilt i̇lt 转发 轉寄 転送 전달".split()

#: What a gateway writes above a mail from outside, as regular expressions.
BANNERS = (
    r"originated (?:from )?outside|(?:from|by) (?:an )?external (?:sender|source)|external e-?mail",
    r"outside (?:of )?(?:the|your) organi[sz]ation|do not click (?:any |on )?links",
    r"extern(?:e|er|en|em)? (?:e-?mail|absender|nachricht|quelle)|von extern",
    r"außerhalb (?:der|ihrer|unserer) organisation|exp[ée]diteur externe|extérieur de (?:l'|votre)",
    r"remitente externo|mittente esterno|externe afzender|extern avsändare",
)

#: What phones and apps begin their taglines with ("Sent from my iPhone"), as regular expressions.
SENT_FROM = (
    r"sent (?:from|via|with|using)|get|gesendet (?:von|mit|aus|über)|(?:von|diese nachricht wurde von) mein\w{1,3}",
    r"envoyé (?:depuis|de|à partir|avec)|télécharge[rz]|enviado (?:desde|do|da|a partir|con)|obtener|obter",
    r"inviato (?:da|dal|dall)|(?:verzonden|verstuurd) (?:vanaf|met|vanuit|via)|wysłan[eoy] (?:z|ze)|skickat från",
    r"sendt fra|lähetetty|odesláno (?:z|ze|pomocí)|отправлено (?:с|из)|(?:從|从)我的|나의",
)
#: What they name then: a device or an app. Words that also a writer's last line may hold do not stand here.
DEVICES = (
    r"iphone|ipad|ipod|outlook|android|samsung|galaxy|huawei|xiaomi|nokia|motorola|blackberry|pixel|oneplus|wiko",
    r"smartphone|handy\b|mobil(?:e|gerät|telefon)?\b|cell ?phone|my phone|tablet|téléphone|portable|móvil|celular",
    r"cellulare|telefo\w{1,4}|telephone|puhelim\w{1,4}|komórk\w{1,4}|proton ?mail|yahoo|gmail|gmx|web\.de|typeapp",
    r"mail for windows|windows mail|apple mail|mail\.ru|yandex|mailbird|spark\b|airmail|wireless",
)
#: Taglines that are worded otherwise, each a line of its own.
TAGLINES = (r".{0,30}(?:dan|den|umdan|imden) gönderildi", r"iphoneから送信", r"sent with .{2,30} secure email\.?")
