"""The figures of the README: each a ratio of two things measured in one run, on one machine, in one sandbox."""
