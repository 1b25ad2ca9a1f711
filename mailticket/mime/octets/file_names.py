"""PURE: what an attachment is called: cleaned of everything that could fool a reader or a file system, or invented."""

from __future__ import annotations

import re
import unicodedata

_MOST_BYTES = 180
_SEPARATORS = re.compile(r"[/\\\u2044\u2215\uff0f\uff3c]")
# Controls, and letters that nobody sees: soft hyphen, zero width, direction marks, byte order mark.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_RESERVED = re.compile(r'[<>:"|?*]')
# learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|\Z)", re.IGNORECASE)
_PICTURE_NAME = re.compile(r"[A-Za-z][\w-]{0,60}\.(?:png|jpe?g|gif|bmp|webp|tiff?|svg)", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[^.\s]{1,16}\Z")

#: Content type -> (what to call it, extension), for parts that come without a name.
_INVENTED: dict[str, tuple[str, str]] = {
    "message/rfc822": ("message", ".eml"),
    "message/global": ("message", ".eml"),
    "message/delivery-status": ("delivery-status", ".txt"),
    "message/global-delivery-status": ("delivery-status", ".txt"),
    "message/disposition-notification": ("read-receipt", ".txt"),
    "message/feedback-report": ("feedback-report", ".txt"),
    "text/rfc822-headers": ("headers", ".txt"),
    "text/calendar": ("invite", ".ics"),
    "text/vcard": ("contact", ".vcf"),
    "text/x-vcard": ("contact", ".vcf"),
    "text/directory": ("contact", ".vcf"),
    "text/html": ("message", ".html"),
    "text/plain": ("text", ".txt"),
    "text/csv": ("table", ".csv"),
    "text/x-patch": ("change", ".patch"),
    "text/x-diff": ("change", ".diff"),
    "image/png": ("image", ".png"),
    "image/jpeg": ("image", ".jpg"),
    "image/jpg": ("image", ".jpg"),
    "image/gif": ("image", ".gif"),
    "image/webp": ("image", ".webp"),
    "image/heic": ("image", ".heic"),
    "image/svg+xml": ("image", ".svg"),
    "image/tiff": ("image", ".tiff"),
    "image/bmp": ("image", ".bmp"),
    "audio/mpeg": ("sound", ".mp3"),
    "audio/wav": ("sound", ".wav"),
    "audio/x-wav": ("sound", ".wav"),
    "audio/amr": ("sound", ".amr"),
    "video/mp4": ("video", ".mp4"),
    "video/quicktime": ("video", ".mov"),
    "application/pdf": ("document", ".pdf"),
    "application/msword": ("document", ".doc"),
    "application/vnd.ms-excel": ("table", ".xls"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("document", ".docx"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("table", ".xlsx"),
    "application/rtf": ("document", ".rtf"),
    "application/zip": ("archive", ".zip"),
    "application/json": ("data", ".json"),
    "application/xml": ("data", ".xml"),
    "text/xml": ("data", ".xml"),
    "application/ms-tnef": ("winmail", ".dat"),
    "application/pgp-signature": ("signature", ".asc"),
    "application/pgp-encrypted": ("version", ".asc"),
    "application/pgp-keys": ("key", ".asc"),
    "application/pkcs7-signature": ("smime", ".p7s"),
    "application/x-pkcs7-signature": ("smime", ".p7s"),
    "application/pkcs7-mime": ("smime", ".p7m"),
    "application/x-pkcs7-mime": ("smime", ".p7m"),
}


def cleaned(name: str) -> str:
    """A name to show: no path, control, hidden letter or device name, at most 180 octets; "" if nothing is left."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    plain = _RESERVED.sub("_", _UNSEEN.sub("", last))
    plain = " ".join(plain.split()).strip(". ")
    return _shortened(f"_{plain}" if _DEVICE.match(plain) else plain)


def invented(kind: str, number: int) -> str:
    """A name for the `number`-th file of a mail (from 1) that has none, with the extension of its content type."""
    word, extension = _INVENTED.get(kind, ("attachment", ".bin"))
    return f"{word}-{number}{extension}"


def _extension(kind: str) -> str:
    return _INVENTED.get(kind, ("", ".bin"))[1]


def of_content_id(cid: str) -> str:
    """The name that Outlook puts before the @ of a Content-ID ("image001.png@01D9..."); "" if there is none."""
    name = cleaned(cid.partition("@")[0])
    return name if _PICTURE_NAME.fullmatch(name) else ""


def of_description(description: str, kind: str) -> str:
    """What Content-Description calls a part, with the extension of its content type; "" if it says nothing."""
    stem = cleaned(_SEPARATORS.sub("_", description))
    return _shortened(stem if _EXTENSION.search(stem) else f"{stem}{_extension(kind)}") if stem else ""


def of_mail(subject: str) -> str:
    """What an attached mail is called: its subject."""
    stem = cleaned(_SEPARATORS.sub("_", subject))
    return _shortened(f"{stem}.eml") if stem else ""


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MOST_BYTES:
        return name
    match = _EXTENSION.search(name)
    extension = match[0] if match else ""
    room = _MOST_BYTES - len(extension.encode())
    stem = name[: len(name) - len(extension)].encode()[:room].decode(errors="ignore")
    return stem.rstrip(". ") + extension
