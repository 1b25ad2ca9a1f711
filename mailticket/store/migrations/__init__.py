"""Numbered, append-only steps of the schema. They import no models."""
