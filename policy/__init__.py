"""Rules that each object has to keep by itself: as a Pulumi policy pack, over a stack's state, and over a cluster.

What takes two objects to judge is the wiring check's, in `doctor`.
"""
