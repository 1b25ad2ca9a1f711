"""How fast the road is, as ratios to the floor: what one Python process can do at all with the same mails."""
