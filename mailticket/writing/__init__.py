"""PURE: a decided letter is written: what it is made from becomes the skeleton that lies in the outbox.

matter              what one letter is made from, what all of them share, and the letter that becomes of it
telling             from the matter to the values that its template may use, by who reads it
letter              the letter itself: rendered, headed, sealed, frozen
packing             letters take a tenth of their length in the store, and are the same again
"""
