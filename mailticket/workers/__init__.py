"""I/O: the threads of a desk, each around one verb. `worker` is what they share; `collector` watches a mailbox,
`receiver` makes cases of mails, `deliverer` keeps a relay busy, `keeper` shows that this process lives,
`hearer` hears other processes; `pace` is how much is done in one turn; `crew` has them all. The verbs themselves stand
in `desk`.
"""
