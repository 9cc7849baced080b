"""The wiring check: every reference between the parts of the platform resolves.

`python -m doctor --help` tells how to use it. It reads a cluster, by any kubeconfig, and the state of the stack; it
changes nothing. Not covered: whether anything answers, since that takes a request and not a look.

`examination` runs the checks, each of which walks the references of one kind; a rule that one object alone can keep or
break is in `policy`. Importing this package loads nothing: the sandbox uses its client of the Kubernetes API.
"""
