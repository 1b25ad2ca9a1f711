"""Coverage-guided fuzzing of the reading of mail; not part of the test run. See fuzz_parse.py."""
