"""PURE: HTML that strangers wrote: made harmless, measured, read as text."""
