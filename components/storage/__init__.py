"""Flow 10: data stays. Volumes on a node's own disk outlive their claims; folders on the NFS server outlive everything.

`given` is about storage classes that the cluster has already, `nfs` about the driver that makes volumes on NFS. What
asks for a volume is in `components/kit/storage.py`, what an application says of its data in
`components/settings/models.py`, and how to get at data again in `docs/runbooks`.
"""

from components.storage.layer import Storage, StorageArgs

__all__ = ["Storage", "StorageArgs"]
