"""Faults that take too long for every change: `make soak-faults` runs them."""
