"""How many findings on real code are true: the sample, its readings, the score."""
