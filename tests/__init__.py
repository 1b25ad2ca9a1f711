"""The tests: pure ones by floor, one folder each; real servers in servers/; who plays in cast.py."""
