from __future__ import annotations

from typing import Any

from tests.support.judging import Case, thing


def policy(*peers: dict[str, Any]) -> dict[str, Any]:
    return thing("NetworkPolicy", spec={"ingress": [{"from": list(peers)}]})


def outward(*peers: dict[str, Any], types: tuple[str, ...] = ("Egress",)) -> dict[str, Any]:
    return thing("NetworkPolicy", spec={"policyTypes": list(types), "egress": [{"to": list(peers)}]})


WEB = {"matchLabels": {"app": "web"}}
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
EVERY_NAMESPACE: tuple[dict[str, Any], ...] = (
    {},
    {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
    {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["a"]}]},
)
WIDE: tuple[dict[str, Any], ...] = (
    {},
    {"ipBlock": {"cidr": "0.0.0.0/0"}},
    {"ipBlock": {"cidr": "0.0.0.0/1"}},
    {"ipBlock": {"cidr": "::/0"}},
    *({"namespaceSelector": selector} for selector in EVERY_NAMESPACE),
    *({"namespaceSelector": selector, "podSelector": {}} for selector in EVERY_NAMESPACE),
)
NAMED: tuple[dict[str, Any], ...] = (
    {"podSelector": WEB},
    {"podSelector": {}},
    {"namespaceSelector": {}, "podSelector": WEB},
    {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
    {"ipBlock": {"cidr": "203.0.113.0/24"}},
    {"ipBlock": {"cidr": "10.0.0.0/8"}},
)
OPENED_BY_A_CHART = thing(
    "NetworkPolicy",
    spec={
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgresql"}},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [{}],
        "ingress": [{"ports": [{"port": 5432}]}],
    },
)

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
    Case(rule="named-callers", obj=policy(), problem="it lets anybody in"),
    Case(
        rule="named-callers", obj=policy({"podSelector": WEB}, {"namespaceSelector": {}}), problem="it lets anybody in"
    ),
    Case(rule="named-callers", obj=OPENED_BY_A_CHART, problem="it lets anybody in"),
    *(Case(rule="named-callers", obj=policy(peer), problem="it lets anybody in") for peer in WIDE),
    *(Case(rule="named-callers", obj=policy(peer)) for peer in NAMED),
    Case(rule="named-callers", obj=policy({"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}}), problem="anybody"),
    Case(rule="named-callers", obj=thing("NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Ingress"]})),
    Case(rule="named-callers", obj=thing("NetworkPolicy", spec={"policyTypes": ["Egress"], "ingress": [{}]})),
    Case(rule="named-targets", obj=outward(), problem="it lets pods call anybody"),
    Case(rule="named-targets", obj=outward({"podSelector": WEB}, {}), problem="it lets pods call anybody"),
    Case(rule="named-targets", obj=OPENED_BY_A_CHART, problem="it lets pods call anybody"),
    Case(rule="named-targets", obj=thing("NetworkPolicy", spec={"egress": [{}]}), problem="it lets pods call anybody"),
    *(Case(rule="named-targets", obj=outward(peer), problem="it lets pods call anybody") for peer in WIDE),
    *(Case(rule="named-targets", obj=outward(peer)) for peer in NAMED),
    *(
        Case(
            rule="named-targets",
            obj=outward({"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE[:some]}}),
            problem="any",
        )
        for some in range(len(PRIVATE))
    ),
    Case(rule="named-targets", obj=outward({"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}})),
    Case(rule="named-targets", obj=outward({"ipBlock": {"cidr": "128.0.0.0/1", "except": PRIVATE[1:]}})),
    Case(rule="named-targets", obj=outward({"ipBlock": {"cidr": "::/0", "except": ["fc00::/7"]}})),
    Case(rule="named-targets", obj=outward({"ipBlock": {"cidr": "2000::/3"}})),
    Case(rule="named-targets", obj=outward({}, types=("Ingress",))),
    Case(rule="named-targets", obj=thing("NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Egress"]})),
)
