"""The edge of every cap: exactly so much is read whole, and of one more it is known what becomes of it."""
