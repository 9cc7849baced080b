"""Two ways to ask the rules.

The engine runs this folder as a policy pack: `pulumi preview --policy-pack policy`. People run this package over the
state of a stack: `pulumi stack export | python -m policy`.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__:
    from policy.command import main

    sys.exit(main(sys.argv[1:]))
else:
    # The engine starts the folder as a program of its own, which does not find the packages beside the folder.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from policy.pack import serve

    serve()
