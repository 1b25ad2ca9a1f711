"""I/O: the only database and the only files. Domain values in and out; rows never leave.

database            opens and closes it, runs units of work
facts, recent       all that a batch of mails is decided by
inbox, folders      what came in, and from where; inbox_claims: which mails are next; inbox_copies: which came before
outbox              what goes out; outbox_claims: which letters are next; outbox_ends: how attempts at them end
cases, entries      the desk's matters, and what was said; participants: by whom
people, customers   who is who; blacklist: who is not listened to
search              what staff find, and what a customer finds

engine/             SQLite and PostgreSQL behind one surface; migrations/: how the tables came to be so
tables/             every table as it is now
files/              raw mails and files by their digest
index/              which words stand where
casework/           merged, split, linked, queued, and the history that `explain` tells
by_hand/            what humans decide on mails and letters
operation/          leases, alarms, webhook calls, mail accounts, figures
privacy/            masking, erasing, retention, and the keys
backups/            everything into a folder and back, and whether it is sound
"""

from mailticket.store.engine.drivers import load_peewee

load_peewee()
