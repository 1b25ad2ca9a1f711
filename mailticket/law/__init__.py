"""PURE: what follows? Intents and facts in, one Decision out, with the reason of every part.

decide, draft       the law, and a decision in the making
status              the table of status moves
opening             an inquiry opens a case; waiting: who hears of news on it
inbound             what follows from customers and machines after that
assign              who gets a case by rule
deadline, rings     targets and timers, and what follows when one rings
budgets             how much automatic mail may go out
taking_part         who is answered along; watchers: who gets a copy
fields              the custom fields of a case

acts/               what follows where a person acts
rules/              the admin's rules
discretion/         held answers, masked words
"""
