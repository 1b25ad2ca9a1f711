"""PURE: what does this mail mean? Who writes, about which case, asking for what: a list of intents.

read                asks everything else, in the order of PRODUCT.md section 3
thread, subject     about which case, and what its subject says
fresh               may it be handled before older mail
language, thanks    in which language, and is it a mere thank-you
echo, flood, listed is it a machine's answer, one of too many, unwanted
question            what each of them is asked

writer/             who writes, and what vouches for that
commands/           what CSRs type or click
from_csrs/          what a mail of one of ours means
"""
