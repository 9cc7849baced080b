"""Flow 10: backups of files. Volumes of applications to the NFS server, and everything there once more outside.

VolSync backs volumes up and restores them; that what it wrote can be read, and the copy outside, are jobs with restic.
"""

from components.backups.layer import Backups, BackupsArgs

__all__ = ["Backups", "BackupsArgs"]
