"""Flow 8: databases, each archived all the time and restored by a line in the stack file.

`operator` runs them, `cluster` is one of them, `archive` has its backups; `own` makes what one application asks for,
`shared` what several have together. What is asked for is in `components/kit/database.py`.
"""

from components.databases.layer import Databases, DatabasesArgs
from components.databases.shared import SharedDatabaseError

__all__ = ["Databases", "DatabasesArgs", "SharedDatabaseError"]
