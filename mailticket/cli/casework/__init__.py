"""I/O: `case`, `explain` and `report`: one case, why it is so, and what many of them tell."""
