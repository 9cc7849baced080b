"""What an interrupted update left, brought back: `python -m recovery`, and the sandbox by itself.

The engine notes what it is about to do, and strikes the note out when it has heard what came of it. Killed in between,
it leaves the note, and does not know whether the thing is there. Here somebody looks: each thing is looked up where it
would be, by what no other one there has. It enters the state with the id that it has, or its note goes.
"""

from recovery.directory import Directory, Thing
from recovery.errors import RecoveryError
from recovery.report import Found, Report
from recovery.way import recover

__all__ = ["Directory", "Found", "RecoveryError", "Report", "Thing", "recover"]
