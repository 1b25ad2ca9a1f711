"""The web door: pages behind the links of our letters, files, and a sign of life. Works without JavaScript."""
