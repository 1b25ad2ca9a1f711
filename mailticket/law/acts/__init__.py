"""PURE: what follows where a person acts: answers, notes, assignment, facts, customers, merging, and taking it back."""
