"""Accounts of pods: what a program that runs in one is known as to the API server, and where it is told so."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from sandbox import kube
from sandbox.paths import Sandbox

FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a container finds the token of its account, and the certificate of the cluster's authority."""
SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of a workload's pods: with exactly the rights that the cluster gives it."""

    namespace: str
    name: str
    folder: Path
    """Stands for the container's."""

    @property
    def kubeconfig(self) -> Path:
        """For who is told so: outside of a pod, nobody knows the API server by himself."""
        return self.folder / "kubeconfig"

    def write(self, sandbox: Sandbox, cluster: kube.Client) -> None:
        """Have the API server make a token, and write what the container would find."""
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{self.name}/token"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": SECONDS},
        }
        token = str(cluster.request("POST", path, body=body)["status"]["token"])
        authority = (sandbox.pki / "ca.crt").read_bytes()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "token").write_text(token)
        (self.folder / "ca.crt").write_bytes(authority)
        config = yaml.safe_load(sandbox.kubeconfig.read_text())
        config["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(authority).decode()
        config["users"][0]["user"] = {"token": token}
        config["contexts"][0]["context"]["namespace"] = self.namespace
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def here(self, path: str) -> str:
        """A path in the container's folder as the one of this machine."""
        return path.replace(FOLDER, str(self.folder))


def account_of(workload: kube.Object, folder: Path) -> Account:
    """The account of a workload's pods."""
    name = workload["spec"]["template"]["spec"].get("serviceAccountName") or "default"
    return Account(namespace=workload["metadata"]["namespace"], name=name, folder=folder)
