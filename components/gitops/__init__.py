"""Flow 1: GitOps. Argo CD delivers what the platform and its developers declare."""

from components.gitops.admin import LocalAdmin, LocalAdminArgs
from components.gitops.argocd import ArgoCd, ArgoCdArgs

__all__ = [
    "ArgoCd",
    "ArgoCdArgs",
    "LocalAdmin",
    "LocalAdminArgs",
]
