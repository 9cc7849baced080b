"""Flow 1: GitOps. Argo CD delivers what the platform and its developers declare.

`argocd` is Argo CD itself, the only chart that Pulumi installs; every other is an Application of it:
`components/kit/chartapp.py`.
"""

from components.gitops.delivery import GitDelivery, GitDeliveryArgs
from components.gitops.layer import GitOps, GitOpsArgs

__all__ = ["GitDelivery", "GitDeliveryArgs", "GitOps", "GitOpsArgs"]
