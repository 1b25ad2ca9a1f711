"""Real and scripted mail servers for the tests, each on free loopback ports; their fixtures stand in fixtures.py."""
