"""I/O: child processes: what is hostile or heavy is done in processes of its own. The only importer of multiprocessing.

pool                parser children, and the watch over them: mail is read where it can hang, bloat or kill nobody else
parser              one of them, as the daemon has it
reading             what it does
scribe              the process that writes letters, as the daemon has it: it holds the keys, and so reads no mail
writing_down        what it does
luggage             how values travel to it and back
waiting             how long they and the daemon wait for each other
birth               how a child comes: from a fork server that owns no socket, lock or thread of the daemon
preloading          what the fork server does before it loads what they need
life                what every child does first: it dies with the daemon, and leaves its signals to it
"""
