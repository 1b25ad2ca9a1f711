"""I/O, the shell: load, decide, save. Six verbs own all movement.

collect             from the mailbox to the inbox
receive             from the inbox to cases; unpacking: what parses ahead of it
assign              from waiting cases to CSRs
answer              a human acts on a case, by whatever door
sweep               time acts
deliver             from the outbox to the relay; parcels: the next mails, put together; call: the same for webhooks
single_pass         all of them once
office              what every verb is given

decided/            what was decided becomes rows: cases, frozen letters, alarms
by_hand/            what one of us asks for besides an answer
mailbox/            a mailbox: what it is to us, what is taken in; marked, compared, tried, left alone
servers/            how a service's servers are reached, and what an account may send
running/            who works, and until when
watching/           what looks at the desk itself, and tells when it ails
privacy/            masked, exported, erased, kept no longer
"""
