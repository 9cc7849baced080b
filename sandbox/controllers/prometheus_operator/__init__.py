"""The Prometheus operator's part: it makes StatefulSets of `Prometheus` and `Alertmanager` objects, and what they read.

For a Prometheus it selects monitors, probes, scrape configurations and rules, and writes the configuration that comes
of them; for an Alertmanager it makes one of the selected AlertmanagerConfigs. Pods come about by the API server's own
controllers. What it refuses it says where the real one does: on the object itself in the condition `Reconciled`, or, if
one of what was selected cannot be used, in an event on that one, while the rest goes on. Where the kubelets are it
writes into EndpointSlices of a Service, if its arguments name one. It works as long as the operator's Deployment runs.

Not covered: PrometheusAgents, ThanosRulers, DaemonSets and shards; Endpoints of the kubelets, a choice among nodes and
addresses, and that a slice has 512 of them at most; admission webhooks; TLS and sign-in of the web pages, certificates
out of Secrets, OAuth, AWS and Azure; receivers other than Discord and webhooks, times at which nobody is told;
containers that are merged into the pods; limits and scrape classes. Fields of a spec that it does not know are refused.
Expressions of rules are looked at for quotes and brackets only. The configuration means what the real one means, and is
not the same text.
"""
