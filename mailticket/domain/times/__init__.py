"""PURE: moments, spans and business hours, as people write them and as they are counted."""
