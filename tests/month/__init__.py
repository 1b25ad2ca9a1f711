"""A month of a desk, played on a clock that is moved, and the promises that an onlooker holds it to."""
