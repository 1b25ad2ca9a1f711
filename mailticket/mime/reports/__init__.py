"""PURE: what machines say about mail: delivery reports and automatic answers, by structure and by words."""
