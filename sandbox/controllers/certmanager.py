"""cert-manager: issuers become ready, Certificates become TLS Secrets with real, self-signed key pairs.

It acts while its own Deployment runs. An ACME Certificate by DNS-01 at Cloudflare is issued only if the solver's Secret
and key exist, the simulated Cloudflare account takes the token, and a zone of the account holds every name. A Secret
that is deleted, or no longer fits its Certificate, is issued anew.

A Certificate says why it has to be issued; what is in the way of that stands in its Challenges, or in the log.

Not covered: the webhook (what it refuses is accepted here, such as a Certificate without names: it stays not ready),
CertificateRequests and Orders as objects, approval, HTTP-01, DNS-01 elsewhere than at Cloudflare, Ingress annotations,
issuers other than acme, selfSigned and ca (which signs nothing: every certificate signs itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import dns01, issuers, issuing
from sandbox.controllers.challenges import Challenges
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.durations import parse_duration
from sandbox.controllers.objects import (
    decoded,
    encode,
    is_available,
    namespace_of,
    notes_of,
    report,
    with_condition,
)
from sandbox.paths import Sandbox
from sandbox.rollouts import condition

VERSION: Final = "cert-manager.io/v1"
CERTIFICATE: Final = (VERSION, "Certificate")
ISSUERS: Final = ("ClusterIssuer", "Issuer")
SECRET: Final = ("v1", "Secret")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
MANAGER: Final = "cert-manager-certificates-issuing"
ACME_DAYS: Final = 90
"""How long Let's Encrypt's certificates live, whatever is asked for."""
RETRY_SECONDS: Final = 2.0


class CertManager(Controller):
    """Reconciles issuers and Certificates; keys are `Kind/namespace/name`, the namespace empty for ClusterIssuers."""

    name = "cert-manager"

    def __init__(self, environment: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment)
        self._told: dict[str, str] = {}
        self.challenges = Challenges(client=self.client, hub=self.hub, cloudflare=sandbox.account("cloudflare"))

    def setup(self) -> None:
        """Look at issuers, Certificates, Secrets and cert-manager's Deployment."""
        for kind in (*ISSUERS, "Certificate"):
            self.hub.on(VERSION, kind, self._changed)
        self.hub.on(*SECRET, self._secret_changed)
        self.hub.on(*DEPLOYMENT, self._deployment_changed)

    def _changed(self, _event: str, obj: kube.Object) -> None:
        self.queue.add(_key(obj))
        if obj["kind"] in ISSUERS:
            self._all("Certificate")

    def _all(self, *kinds: str) -> None:
        for kind in kinds:
            for obj in self.hub.list(VERSION, kind):
                self.queue.add(_key(obj))

    def _secret_changed(self, _event: str, secret: kube.Object) -> None:
        for certificate in self.hub.list(*CERTIFICATE):
            own = certificate["spec"].get("secretName") == secret["metadata"]["name"]
            # One that is not ready may have waited for this very Secret, such as the token of its issuer's solver.
            if own or condition(certificate, "Ready").get("status") != "True":
                self.queue.add(_key(certificate))

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if _is_controller(deployment):
            self._all(*ISSUERS, "Certificate")

    def reconcile(self, key: str) -> float | None:
        """Judge one issuer or see to one Certificate."""
        kind, namespace, name = key.split("/")
        home = self._home()
        obj = self.hub.get(VERSION, kind, name, namespace)
        if home is None or obj is None or "deletionTimestamp" in obj["metadata"]:
            return None
        if kind in ISSUERS:
            return self._issuer(obj, namespace or home)
        return self._certificate(obj, home)

    def _home(self) -> str | None:
        """The namespace that cert-manager runs in, where ClusterIssuers look for their Secrets; None if it does not."""
        for deployment in self.hub.list(*DEPLOYMENT):
            if _is_controller(deployment) and is_available(deployment):
                return namespace_of(deployment)
        return None

    def _issuer(self, issuer: kube.Object, namespace: str) -> float | None:
        spec = issuer["spec"]
        secrets = {secret["metadata"]["name"]: secret for secret in self.hub.list(*SECRET, namespace)}
        verdict = issuers.judge(spec, secrets)
        if verdict.ready and "acme" in spec:
            self._account_key(spec["acme"]["privateKeySecretRef"], namespace)
        generation = issuer["metadata"].get("generation", 1)
        status: dict[str, Any] = {"conditions": with_condition(issuer, verdict.condition(generation))}
        if verdict.ready and "acme" in spec:
            server = spec["acme"]["server"].rpartition("/")[0]
            status["acme"] = {"uri": f"{server}/acct/1", "lastRegisteredEmail": spec["acme"].get("email", "")}
        self._write(issuer, status, verdict.message or verdict.reason)
        return None if verdict.ready else RETRY_SECONDS

    def _account_key(self, reference: Mapping[str, Any], namespace: str) -> None:
        key = reference.get("key") or "tls.key"
        live = self.hub.get(*SECRET, reference["name"], namespace)
        if live is None or key not in (live.get("data") or {}):
            data = {key: issuing.private_key()}
            self._apply_secret({"name": reference["name"], "namespace": namespace}, "Opaque", data)

    def _certificate(self, certificate: kube.Object, home: str) -> float | None:
        spec = certificate["spec"]
        if not spec.get("secretName") or not _names(spec):
            self._not_ready(
                certificate, "the sandbox issues certificates with secretName and dnsNames or commonName only"
            )
            return None
        why = self._stale(certificate)
        if not why:
            return None
        try:
            self._issue(certificate, home)
        except (dns01.ChallengeError, issuing.IssueError) as error:
            self._not_ready(certificate, f"Issuing certificate as {why}")
            self._tell(certificate, f"{error}")
            return RETRY_SECONDS
        return None

    def _stale(self, certificate: kube.Object) -> str:
        """Why the Certificate's Secret has to be issued, empty if it fits."""
        spec = certificate["spec"]
        secret = self.client.get(*SECRET, spec["secretName"], namespace_of(certificate))
        if secret is None:
            return "Secret does not exist"
        if not str(decoded(secret, "tls.crt")).startswith("-----BEGIN CERTIFICATE-----"):
            return "Secret does not contain a certificate"
        wanted = _notes(certificate)
        if any(notes_of(secret).get(key) != value for key, value in wanted.items()):
            return "Secret was issued for another name or by another issuer"
        renewal = (certificate.get("status") or {}).get("renewalTime")
        if renewal and datetime.fromisoformat(renewal) < datetime.now(UTC):
            return "Renewing certificate as renewal was scheduled"
        if condition(certificate, "Ready").get("status") != "True":
            return "Certificate is not ready"
        return ""

    def _issue(self, certificate: kube.Object, home: str) -> None:
        spec, namespace = certificate["spec"], namespace_of(certificate)
        issuer = self._issuer_of(certificate)
        names = spec.get("dnsNames") or []
        if "acme" in issuer["spec"]:
            where = namespace if issuer["kind"] == "Issuer" else home
            self.challenges.prove(certificate, _names(spec), issuer, where)
        asked = parse_duration(spec.get("duration") or "2160h")
        days = ACME_DAYS if "acme" in issuer["spec"] else max(1, asked.days)
        private = spec.get("privateKey") or {}
        pair = issuing.make(
            names,
            common_name=spec.get("commonName") or names[0],
            days=days,
            algorithm=private.get("algorithm") or "RSA",
            size=int(private.get("size") or 0),
        )
        template = spec.get("secretTemplate") or {}
        meta = {
            "name": spec["secretName"],
            "namespace": namespace,
            "labels": {"controller.cert-manager.io/fao": "true", **(template.get("labels") or {})},
            "annotations": {**_notes(certificate), **(template.get("annotations") or {})},
        }
        data = {"tls.crt": pair.certificate, "tls.key": pair.key}
        if "acme" not in issuer["spec"]:
            data["ca.crt"] = pair.certificate
        self._apply_secret(meta, "kubernetes.io/tls", data)
        before = parse_duration(spec["renewBefore"]) if spec.get("renewBefore") else timedelta(days=days) / 3
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "Ready",
            "message": "Certificate is up to date and has not expired",
            "observedGeneration": certificate["metadata"].get("generation", 1),
        }
        status = {
            "conditions": with_condition(certificate, ready),
            "notBefore": _stamp(pair.not_before),
            "notAfter": _stamp(pair.not_after),
            "renewalTime": _stamp(pair.not_after - before),
            "revision": int((certificate.get("status") or {}).get("revision", 0)) + 1,
        }
        self._write(certificate, status, f"issued for {', '.join(_names(spec))} into Secret {spec['secretName']}")

    def _issuer_of(self, certificate: kube.Object) -> kube.Object:
        reference = certificate["spec"]["issuerRef"]
        kind = reference.get("kind") or "Issuer"
        if kind not in ISSUERS:
            raise dns01.ChallengeError(f"issuer kind {kind} is not known to the sandbox")
        namespace = namespace_of(certificate) if kind == "Issuer" else ""
        issuer = self.hub.get(VERSION, kind, reference["name"], namespace)
        if issuer is None:
            raise dns01.ChallengeError(f'Referenced "{kind}" not found: "{reference["name"]}" not found')
        if condition(issuer, "Ready").get("status") != "True":
            raise dns01.ChallengeError(
                f'Referenced issuer "{reference["name"]}" does not have a Ready status condition'
            )
        return issuer

    def _apply_secret(self, meta: Mapping[str, Any], kind: str, data: Mapping[str, str]) -> None:
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": dict(meta), "type": kind, "data": encode(data)}
        self.hub.put(self.client.apply(secret, MANAGER, force=True))

    def _tell(self, certificate: kube.Object, obstacle: str) -> None:
        """Say what is in the way, once: the Certificate does not, and it is tried again and again."""
        if self._told.get(certificate["metadata"]["uid"]) != obstacle:
            self._told[certificate["metadata"]["uid"]] = obstacle
            self.say(f"Certificate {kube.name_of(certificate)}", " ".join(obstacle.split()))

    def _not_ready(self, certificate: kube.Object, message: str) -> None:
        generation = certificate["metadata"].get("generation", 1)
        ready = {"type": "Ready", "status": "False", "reason": "DoesNotExist", "observedGeneration": generation}
        status = {"conditions": with_condition(certificate, {**ready, "message": message})}
        self._write(certificate, status, message)

    def _write(self, obj: kube.Object, status: Mapping[str, Any], said: str) -> None:
        if changed := report(self.client, obj, status, manager=MANAGER):
            # The Secret's event may come before the one of this, and what looks not ready would be issued once more.
            self.hub.put(changed)
            self.say(f"{obj['kind']} {kube.name_of(obj)}", said)


def _notes(certificate: Mapping[str, Any]) -> dict[str, str]:
    """The annotations that cert-manager puts on the Secret; by them a change of the Certificate is seen."""
    spec = certificate["spec"]
    reference = spec["issuerRef"]
    return {
        "cert-manager.io/alt-names": ",".join(spec.get("dnsNames") or []),
        "cert-manager.io/certificate-name": certificate["metadata"]["name"],
        "cert-manager.io/common-name": spec.get("commonName") or _names(spec)[0],
        "cert-manager.io/issuer-group": reference.get("group") or "cert-manager.io",
        "cert-manager.io/issuer-kind": reference.get("kind") or "Issuer",
        "cert-manager.io/issuer-name": reference["name"],
    }


def _names(spec: Mapping[str, Any]) -> list[str]:
    """Whom a Certificate is for: its DNS names, or its common name if that is all it has, as a client's does."""
    common = spec.get("commonName")
    return spec.get("dnsNames") or ([common] if common else [])


def _key(obj: Mapping[str, Any]) -> str:
    return f"{obj['kind']}/{namespace_of(obj)}/{obj['metadata']['name']}"


def _is_controller(deployment: Mapping[str, Any]) -> bool:
    labels = deployment["metadata"].get("labels") or {}
    named = labels.get("app.kubernetes.io/name") == "cert-manager"
    return bool(named and labels.get("app.kubernetes.io/component") == "controller")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
