"""The commands of the command line, and how they show what they found."""
