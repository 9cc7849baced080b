"""The pages that a running platform writes of itself: from its stack outputs and its live objects, and from no prose.

`python -m pages` reads a cluster and the state of a stack, as the wiring check does, and writes `docs/platform` and
`docs/data-flow.md`. What a page draws has to be there: if it is not, nothing is written.
"""
