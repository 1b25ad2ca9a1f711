"""PURE: how much of one mail we look at. What lies beyond is left out, and named in the mail's `defects`.

Real mail stays far below every one of these. Each bounds an attack that was seen on a mail program: deep nesting
(RecursionError), many parts, endless headers and addresses (CVE-2024-23184), endless parameters (CVE-2026-27859).
"""

#: How deep parts may be nested; the outermost is at depth 1.
DEPTH = 50

#: How many parts a mail may have, containers and attached mails included.
PARTS = 1_000

#: Octets of one header block.
HEADER_BYTES = 256 * 1024

#: Fields (unfolded lines) of one header block.
HEADER_LINES = 2_000

#: Addresses in one header field of a name, all its occurrences together.
ADDRESSES = 1_000

#: Parameters of one Content-Type or Content-Disposition.
PARAMETERS = 200

#: Characters of text, and of HTML, that a mail's parts may add up to.
TEXT = 2 * 1024 * 1024

#: How deep HTML elements may be nested; parsers need time that grows with the square of it.
HTML_DEPTH = 2_000

#: Octets that all parts together may decode to.
DECODED = 200 * 1024 * 1024

#: Octets of the body that `headers.ids` looks at, and of a header that tells the order of mails.
IDS_BYTES = 64 * 1024
