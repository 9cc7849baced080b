from __future__ import annotations

from typing import Any

from tests.support.judging import Case, thing


def policy(*peers: dict[str, Any]) -> dict[str, Any]:
    return thing("NetworkPolicy", spec={"ingress": [{"from": list(peers)}]})


WEB = {"matchLabels": {"app": "web"}}

CASES = (
    Case(rule="no-open-ports", obj=thing("Service", spec={"type": "LoadBalancer"}), problem="it is a LoadBalancer"),
    Case(rule="no-open-ports", obj=thing("Service", spec={"type": "NodePort"}), problem="it is a NodePort"),
    Case(
        rule="no-open-ports",
        obj=thing("Service", spec={"externalIPs": ["192.168.1.2"]}),
        problem="it has externalIPs",
    ),
    Case(rule="no-open-ports", obj=thing("Service", spec={"type": "ClusterIP"})),
    Case(rule="no-open-ports", obj=thing("Service", spec={})),
    *(
        Case(rule="named-callers", obj=obj, problem="it lets anybody in")
        for obj in (
            policy(),
            policy({}),
            policy({"podSelector": WEB}, {"namespaceSelector": {}}),
            policy({"ipBlock": {"cidr": "0.0.0.0/0"}}),
            policy({"ipBlock": {"cidr": "::/0"}}),
        )
    ),
    *(
        Case(rule="named-callers", obj=obj)
        for obj in (
            thing("NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Ingress"]}),
            policy({"podSelector": WEB}),
            policy({"podSelector": {}}),
            policy({"namespaceSelector": {}, "podSelector": WEB}),
            policy({"ipBlock": {"cidr": "203.0.113.0/24"}}),
        )
    ),
)
