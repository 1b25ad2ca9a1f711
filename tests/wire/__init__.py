"""The sockets, against real servers and against scripted bad ones."""
