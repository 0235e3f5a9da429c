"""Rules that make a bound query cheaper and leave its answer as it is: one rule a file."""
