"""PURE: what follows? Intents and facts in, one Decision out, with the reason of every part."""
