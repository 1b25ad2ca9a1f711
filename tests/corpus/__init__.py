"""Thousands of real mails that other projects collected, and what they expect of them, read from outside of here.

`material` finds and reads them, `checks` compares, `differences` lists where a source and we differ and why,
`figures` adds up; `python -m tests.corpus` (make corpus) prints the table, test_corpus.py holds the figures.
"""
