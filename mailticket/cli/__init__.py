"""I/O: what an admin can ask. Commands import what they need when they run, so that `--help` is quick.

main                which word lies where
words               how a command is made, and how its errors read
opened, acting      the desk that a command works on, and who acts
show, visible       how answers look, harmless for a terminal
serve, logs         `run` and `demo`, and how log lines look

setting_up/         `init`, `check`, `migrate`
upkeep/             `sign-in`, `backup`, `restore`, `verify`, `reconcile`
casework/           `case`, `explain`, `report`
persons/            `customer`, `csr`, `blacklist`
mail/               `ingest`, `replay`
traffic/            `inbox`, `outbox`, `webhook`
privacy/            `case mask`, `export`, `erase`
"""
