"""I/O: parser children. Mail is read in processes of its own, so that none can hang, bloat or kill the daemon.

Each child has one pipe and one mail in flight. One that is too slow, too big or dead costs its one mail an attempt;
the next mail gets a fresh child. Children come from a fork server that has loaded `mime` and owns no socket, lock or
thread of the daemon; they die with it. The only importer of multiprocessing.

pool                the children that there are, and the watch over them
child               one of them, as the daemon has it
reading             what a child does
"""
