"""Deliberately broken builds of the program, and the proof that the sieges notice each of them."""
