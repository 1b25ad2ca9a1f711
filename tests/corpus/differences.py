"""Where a source and we differ, on purpose: file -> (kinds of check, reason). Looked at one by one.

A line that is no longer needed fails the test, so that the list cannot outlive its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

_WE_DECODE = "the source leaves out or marks as U+FFFD what it cannot decode; we decode it"
_SHOWN = "the source makes a file of a text part that nobody named; we show it, as mail programs do"
_REPORTS = "the source leaves out the report and headers of a bounce and lists the attached mail's files with its own"
_OCTETS = "the source holds binary content as lossy text, so its sizes are not the file's"
_ESCAPES = "backslashes of a Windows path: the source takes them for escapes, we take the last name of the path"
_TORTURE = (
    "boundaries that are beginnings of each other: RFC 2046 lets either reading stand, and no mail program sends them"
)
_FORWARDED = "nothing but an attached mail: we show its text below its head, the source without"
_TITLE = "the source shows the page's <title> or empty links as text; browsers do not"
_NO_ORDER = "the source counts differently in two tests of the same parts"

DIFFERENCES: Mapping[str, tuple[str, str]] = {
    "imap-tools/attachment_emails__attachment_message_rfc822.eml": ("attachments", _REPORTS),
    "imap-tools/attachment_emails__attachment_with_encoded_name.eml": (
        "attachments",
        "the octets are no letter of the charset that the name claims; which letter stands for them is arbitrary",
    ),
    "imap-tools/error_emails__content_transfer_encoding_7-bit.eml": (
        "body",
        "octet 86 in iso-8859-1: the source keeps a control, we read Windows-1252 as browsers do",
    ),
    "imap-tools/error_emails__content_transfer_encoding_empty.eml": (
        "html",
        "text that was damaged on its way in two charsets; either reading is rubbish",
    ),
    "imap-tools/error_emails__content_transfer_encoding_plain.eml": ("body", _WE_DECODE),
    "imap-tools/error_emails__invalid_subject_characters.eml": ("subject", _WE_DECODE),
    "imap-tools/error_emails__missing_body.eml": (
        "recipients",
        '"<Undisclosed-Recipient:@host;>" is no address; the source gives "@host"',
    ),
    "imap-tools/error_emails__missing_content_disposition.eml": (
        "attachments",
        "an image without a Content-Disposition: the source loses it, we keep it as a file",
    ),
    "imap-tools/messages__attachment_2_base64.eml": (
        "body",
        "an attached mail that is encoded in base64 against RFC 2045: the source shows the base64, we open it",
    ),
    "imap-tools/messages__attachment_7bit.eml": ("body", _FORWARDED),
    "imap-tools/messages__forwarded_message.eml": ("body", _FORWARDED),
    "imap-tools/messages__text_with_content_id.eml": ("attachments", _SHOWN),
    "imap-tools/mime_emails__raw_email11.eml": ("recipients", "the source finds no address in xxxxx@xxxxx"),
    "imap-tools/mime_emails__raw_email_with_mimepart_without_content_type.eml": ("attachments", _REPORTS),
    "imap-tools/multipart_report_emails__multi_address_bounce1.eml": ("attachments", _REPORTS),
    "imap-tools/multipart_report_emails__multipart_report_multiple_status.eml": ("attachments", _REPORTS),
    "imap-tools/multipart_report_emails__report_422.eml": ("attachments", _REPORTS),
    "imap-tools/multipart_report_emails__report_530.eml": ("attachments", _REPORTS),
    "imap-tools/plain_emails__raw_email6.eml": ("body", _WE_DECODE),
    "imap-tools/plain_emails__raw_email_incorrect_header.eml": (
        "subject, sender, recipients, body",
        "a line above the header that is no field: the source gives the whole header up, we read it",
    ),
    "imap-tools/plain_emails__raw_email_with_at_display_name.eml": (
        "sender, recipients",
        "the source reads only the first From, and takes the name Mikel@Lindsaar for an address",
    ),
    "imap-tools/rfc2822__example13.eml": (
        "body",
        "a fold that lost its blanks inside To: the source begins the body one line earlier than we do",
    ),
    "imap-tools/rfc2822__example14.eml": (
        "subject",
        "white space between a word and an encoded word: RFC 2047 keeps it, the source drops it",
    ),
    "mime4j/frag.msg": ("parts", "base64 without its padding: the source drops the last two octets"),
    "mime4j/multi-frag.msg": ("parts", "rubbish behind the padding of base64: the source stops a few octets earlier"),
    "mime4j/weird-boundary.msg": (
        "parts",
        "a boundary that ends in blanks, which RFC 2046 forbids; we compare without",
    ),
    "mimekit-tnef/christmas.tnef": (
        "attachments",
        "mails inside the stream: the source keeps them packed, we unpack their texts and files",
    ),
    "mimekit-tnef/missing-filenames.tnef": (
        "attachments",
        "files without a name: the source's list leaves them out, we find their names elsewhere in the stream",
    ),
    "mimekit-tnef/panic.tnef": ("attachments", "an HTML body: the source makes a file of it, we show it"),
    "mimekit-tnef/winmail.tnef": (
        "attachments",
        "the source leaves the formatted body out here, and keeps it elsewhere",
    ),
    "stalwart/legacy__017.eml": ("attachments", _OCTETS),
    "stalwart/legacy__020.eml": ("subject", _WE_DECODE),
    "stalwart/legacy__026.eml": ("attachments", _OCTETS),
    "stalwart/legacy__030.eml": ("attachments", _NO_ORDER),
    "stalwart/legacy__033.eml": ("body", _WE_DECODE),
    "stalwart/legacy__035.eml": ("attachments", _ESCAPES),
    "stalwart/legacy__039.eml": ("attachments", _ESCAPES),
    "stalwart/legacy__045.eml": ("attachments", _OCTETS),
    "stalwart/legacy__048.eml": ("attachments", _OCTETS),
    "stalwart/legacy__052.eml": ("subject, body", _WE_DECODE),
    "stalwart/malformed__001.eml": ("attachments", _TORTURE),
    "stalwart/malformed__002.eml": ("attachments", _SHOWN),
    "stalwart/malformed__003.eml": ("attachments", _SHOWN),
    "stalwart/malformed__004.eml": ("attachments", _SHOWN),
    "stalwart/malformed__005.eml": ("body", _TORTURE),
    "stalwart/malformed__006.eml": ("attachments", _SHOWN),
    "stalwart/malformed__007.eml": ("attachments", _TORTURE),
    "stalwart/malformed__008.eml": ("body, attachments", _SHOWN),
    "stalwart/malformed__009.eml": ("body, attachments", _SHOWN),
    "stalwart/malformed__012.eml": ("attachments", "the source loses the third of three attached mails"),
    "stalwart/malformed__016.eml": ("body, attachments", _TORTURE),
    "stalwart/malformed__019.eml": (
        "html",
        "a header inside the HTML by damage: the source shows it, the sanitiser drops it",
    ),
    "stalwart/malformed__020.eml": ("body", "the source shows the HTML's source text, we show what it says"),
    "stalwart/malformed__021.eml": ("body", "the source shows the HTML's source text, we show what it says"),
    "stalwart/rfc__000.eml": (
        "body, attachments",
        "text/enriched, and octets of a base64 example: the source makes files of both",
    ),
    "stalwart/rfc__001.eml": ("attachments", "a path in a name: the source keeps it, we take its last name"),
    "stalwart/rfc__003.eml": ("attachments", "one form of an alternative: the source makes a file of it"),
    "stalwart/rfc__007.eml": ("html", "the source's HTML leaves the plain parts out, ours shows everything in order"),
    "stalwart/thirdparty__000.eml": ("body", "a NUL: PostgreSQL can store none, so we drop it"),
    "stalwart/thirdparty__002.eml": ("body, attachments", "rubbish in base64: either reading is rubbish"),
    "stalwart/thirdparty__005.eml": ("body", "a delimiter in the midst of a line, which RFC 2046 does not know"),
    "stalwart/thirdparty__015.eml": ("attachments", "the source lists one of three attached mails"),
    "zammad/mail019.box": ("html", _TITLE),
    "zammad/mail021.box": ("html", "the source mixes two charsets up; we decode them"),
    "zammad/mail047.box": ("html", _TITLE),
    "zammad/mail049.box": ("html", _TITLE),
    "zammad/mail062.box": (
        "html, attachments",
        "further HTML parts and numbered names for nameless videos are the source's own",
    ),
    "zammad/mail064.box": (
        "attachments",
        "accents that stand apart from their letters: the source breaks them, we join them",
    ),
    "zammad/mail066.box": ("html", _TITLE),
    "zammad/mail072.box": ("html", "Windows-1252 that the source decodes as another charset"),
    "zammad/mail076.box": ("sender, sender name", 'the source keeps the stray ">" of a broken From in the address'),
    "zammad/mail085.box": ("html, attachments", "a second HTML part: the source makes a file of it, we show it"),
    "zammad/mail087.box": (
        "sender name, attachments",
        "a From without brackets, and a text part behind a file, are the source's own",
    ),
}


def is_known(path: str, kind: str) -> bool:
    """Whether this difference is in the list."""
    return kind in DIFFERENCES.get(path, ("", ""))[0].split(", ")
