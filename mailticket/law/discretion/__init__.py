"""PURE: what should be seen once more before it is said, and what should not be kept: held answers, masked words."""
