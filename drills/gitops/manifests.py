"""What a developer pushes in this drill."""

from __future__ import annotations

from typing import Any, Final

import yaml

GREETING: Final = "greeting"
"""Name of the ConfigMap by which a folder's state is followed."""
NEEDED: Final = "a greeting needs a text"
"""What the chart says that is given none."""


def greeting(text: str, **metadata: str) -> str:
    """A ConfigMap with a text."""
    return _yaml(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": GREETING, **metadata}, "data": {"text": text}}
    )


def web(replicas: int = 1, *, label: str = "web") -> str:
    """A Deployment that passes pod security `restricted`; with another `label` than its selector's it is refused."""
    container = {
        "name": "web",
        "image": "ealen/echo-server:0.9.2",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
    }
    security = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    return _yaml(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": label}},
                    "spec": {"securityContext": security, "containers": [container]},
                },
            },
        }
    )


def default_deny() -> str:
    """Without it no pod starts in a namespace of developers."""
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    meta = {"name": "default-deny"}
    return _yaml({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec})


def chart(text: str) -> dict[str, str]:
    """The files of a Helm chart that makes a greeting of its values; without a text it does not render."""
    about = {"apiVersion": "v2", "name": "greeting", "version": "0.1.0"}
    template = greeting("TEXT").replace("TEXT", f'{{{{ required "{NEEDED}" .Values.text | quote }}}}')
    return {"Chart": _yaml(about), "values": values(text), "templates/greeting": template}


def values(text: str) -> str:
    """The values of that chart."""
    return _yaml({"text": text})


def kustomization(text: str) -> dict[str, str]:
    """The files of a kustomization whose patch gives the greeting its text."""
    patch = _yaml([{"op": "replace", "path": "/data/text", "value": text}])
    about = {"resources": ["greeting.yaml"], "patches": [{"target": {"kind": "ConfigMap"}, "patch": patch}]}
    return {"kustomization": _yaml(about), "greeting": greeting("not patched")}


def broken() -> str:
    """No YAML, and a manifest by the looks of it: Argo CD passes over what does not even look like one."""
    return f"{greeting('broken').replace('data:', 'data: [')}"


def cluster_role() -> str:
    """A kind that developers may not bring."""
    meta = {"name": "developers-own"}
    return _yaml({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": meta, "rules": []})


def _yaml(obj: Any) -> str:
    text: str = yaml.safe_dump(obj, sort_keys=False)
    return text
