"""PURE: from bytes to header fields, parts and characters, within the caps of `limits`."""
