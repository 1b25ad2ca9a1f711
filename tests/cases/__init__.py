"""PRODUCT's words on cases, sentence by sentence: `test_sentences` lists each with the test that shows it."""
