"""PURE: mail inside other wrappings: TNEF, RTF, S/MIME and PGP, calendars, attached mails."""
