"""PURE: the nouns. Frozen values that every floor above speaks in; nothing here knows where they are kept.

address, mail       an address, and what came in
people, case        who is who, and the matter between them
intents             what somebody asks for; case_intents, customer_intents: more of its verbs
facts, decision     what the law is told, and what it answers
alarms              every kind of trouble that an operator hears of

times/              moments, spans and business hours
texts/              what a text is about, by its words alone
"""
