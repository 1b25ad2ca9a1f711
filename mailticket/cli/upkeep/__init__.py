"""I/O: `sign-in`, `backup`, `restore`, `verify` and `reconcile`: what a running desk needs of its admin."""
