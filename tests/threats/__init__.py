"""What attackers of help desks try, and what it gets them here: one file each, where no other room holds it.

| threat | proven in |
|---|---|
| T1 a CSR's address without proof | tests/triage: test_forged.py, test_border.py; tests/desk/test_matrix.py |
| T2 a reply token stolen, touched, outlived | tests/triage/test_forged.py |
| T3 a case read by whom it is no business of | test_stolen_case.py |
| T4 case IDs guessed | test_guessed_ids.py |
| T5 words put into somebody else's case | test_foreign_words.py |
| T6 private words in a customer's mail | tests/desk/test_canaries.py |
| T7 links opened by machines | tests/web/test_robots.py |
| T8 links in other hands, used twice, too late, changed | tests/web/test_safety.py |
"""
