"""PURE: how the new words of a reply are told from what it quotes; `mime.quote` is the composition."""
