"""The kinds of value in the stack configuration, by the names that the models use."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import Strict

from components.settings import forms, parsers
from components.settings.cron import cron
from components.settings.text import Text
from components.vocabulary import GROUPS

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
_HOST_OR_ADDRESS = rf"{_LABEL}(\.{_LABEL})*"
_WITH_PORT = rf"({_HOST_OR_ADDRESS}|\[[0-9a-fA-F:.]+\])(:[0-9]{{1,5}})?"
_DURATION = "([0-9]{1,9}h([0-9]{1,9}m)?|[0-9]{1,9}m)([0-9]{1,9}s)?|[0-9]{1,9}s"
_LONGEST_PATH = 1024
_SEGMENT = "[A-Za-z0-9._-]+"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----\\s*"

AbsolutePath = Annotated[
    str,
    Text(
        expected="an absolute path such as /export/homelab",
        pattern=f"(/{_SEGMENT})+",
        parse=parsers.path,
        longest=_LONGEST_PATH,
    ),
]
SubPath = Annotated[
    str,
    Text(
        expected="a path below the NFS export such as media/music",
        pattern=f"{_SEGMENT}(/{_SEGMENT})*",
        parse=parsers.path,
        longest=_LONGEST_PATH,
    ),
]
LocalPath = Annotated[
    str,
    Text(
        expected="a file's path that starts with / or ~/, such as ~/.kube/config",
        # Spaces are in many a home's path; at the ends, or as line breaks, they come from a paste.
        pattern=r"~?(/[^/\s]+( +[^/\s]+)*)+",
        longest=_LONGEST_PATH,
        hidden=True,  # the contents of a kubeconfig are credentials
    ),
]
NodeAddress = Annotated[
    IPv4Address | IPv6Address,
    Text(expected="an address such as 192.168.1.11", pattern="[0-9a-fA-F.:]+", parse=parsers.node),
]
Address = Annotated[
    IPv4Address | IPv6Address,
    Text(expected="an address such as 169.254.20.10", pattern="[0-9a-fA-F.:]+", parse=parsers.address),
]
PublicAddress = Annotated[
    IPv4Address | IPv6Address,
    Text(expected="a public address such as 203.0.113.10", pattern="[0-9a-fA-F.:]+", parse=parsers.public),
]
Cidrs = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    Text(
        expected="an address range such as 10.42.0.0/16",
        pattern="[0-9a-fA-F.:]+/[0-9]{1,3}(,[0-9a-fA-F.:]+/[0-9]{1,3})?",
        parse=parsers.cidrs,
    ),
]
NfsVersion = Annotated[str, Text(expected="3, 4.1 or 4.2", pattern=r"3|4\.[12]", numbers=(3, 4.1, 4.2))]
MountOption = Annotated[
    str,
    Text(
        expected="a mount option such as hard or timeo=600",
        pattern="[a-z][a-z0-9]*(=[A-Za-z0-9.:/_-]+)?",
        parse=parsers.mount_option,
    ),
]
Cron = Annotated[
    str,
    Text(
        expected="a cron line of minute, hour, day, month and weekday such as '30 3 * * *'",
        pattern="[0-9A-Za-z*/, -]+",
        parse=cron,
    ),
]
Domain = Annotated[
    str,
    Text(
        expected="a domain in lower case such as harvestasya.org",
        pattern=_DOMAIN,
        right_form=forms.host,
    ),
]
Host = Annotated[
    str,
    Text(
        expected="a host name in lower case such as argocd.harvestasya.org",
        pattern=_DOMAIN,
        right_form=forms.host,
    ),
]
HostOrAddress = Annotated[
    str,
    Text(
        expected="an address or a host name such as 192.168.1.10",
        pattern=rf"{_HOST_OR_ADDRESS}|[0-9a-fA-F:]+",
        parse=parsers.host_or_address,
        right_form=forms.host,
    ),
]
Email = Annotated[
    str,
    Text(
        expected="an e-mail address such as admin@harvestasya.org",
        pattern=rf"[A-Za-z0-9.!#$%&'*+=?^_{{|}}~-]+@{_DOMAIN}",
        parse=parsers.email,
        longest=254,
        right_form=forms.mailbox,
    ),
]
CloudflareId = Annotated[
    str, Text(expected="an id of 32 hexadecimal digits in lower case", pattern="[0-9a-f]{32}", hidden=True)
]
VaultId = Annotated[
    str,
    Text(expected="a vault's id of 26 lower-case letters and digits", pattern="[a-z0-9]{26}", hidden=True),
]
ItemId = Annotated[
    str,
    Text(expected="a 1Password item's id of 26 lower-case letters and digits", pattern="[a-z0-9]{26}", hidden=True),
]
GitUrl = Annotated[
    str,
    Text(
        expected="a repository such as https://github.com/owner/name or ssh://git@github.com/owner/name",
        pattern=rf"(https://|ssh://git@){_WITH_PORT}(/{_SEGMENT})+",
        parse=parsers.git,
        longest=255,
        hidden=True,  # people paste a token in front of the host
    ),
]
Revision = Annotated[
    str, Text(expected="a branch or a tag such as main", pattern="[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*")
]
HomeName = Annotated[
    str,
    Text(
        expected="a name of small letters, digits and dashes such as cottage",
        pattern="[a-z]([a-z0-9-]*[a-z0-9])?",
        longest=30,
    ),
]
Team = Annotated[
    str,
    Text(expected="the part of the team's domain before .cloudflareaccess.com, such as harvestasya", pattern=_LABEL),
]
Context = Annotated[
    str, Text(expected="the name of a kubeconfig context such as homelab", pattern="[A-Za-z0-9][A-Za-z0-9_.@:/-]*")
]
StorageClass = Annotated[
    str, Text(expected="the name of a storage class such as nfs-client", pattern=rf"{_LABEL}(\.{_LABEL})*")
]
LocalStorageClass = Annotated[
    str,
    Text(
        expected="the name of a storage class for volumes on a node's own disk such as local-path",
        pattern=rf"{_LABEL}(\.{_LABEL})*",
        parse=parsers.not_nfs,
    ),
]
Mirror = Annotated[
    str,
    Text(
        expected="host[:port][/path] without a scheme, such as mirror.lan:5000",
        pattern=rf"{_WITH_PORT}(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        parse=parsers.with_port,
        longest=160,  # an image's whole name ends at 255 characters
        right_form=forms.host_within,
    ),
]
Size = Annotated[
    str,
    Text(
        expected="a storage size such as 5Gi",
        pattern=r"([0-9]+(\.[0-9]+)?)([MGTPE]i?)",
        parse=parsers.size,
    ),
]
Interval = Annotated[
    str,
    Text(
        expected="a duration in hours, minutes and seconds such as 1h or 90m",
        pattern=_DURATION,
        parse=parsers.interval,
    ),
]
Moment = Annotated[
    str,
    Text(
        expected="a moment in UTC such as 2026-11-20T03:15:00Z",
        pattern="20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
        parse=parsers.moment,
    ),
]
TimeZone = Annotated[
    str,
    Text(
        expected="a time zone such as Europe/Berlin or Etc/UTC",
        pattern="[A-Z][A-Za-z0-9_]+(/[A-Z][A-Za-z0-9_+-]*){0,2}",
        longest=64,
    ),
]
Port = Annotated[int, Strict(), Ge(1), Le(65535)]
Url = Annotated[
    str,
    Text(
        expected="a URL such as https://grathnode.harvestasya.org",
        pattern=r"https?://[^\s/?#]+(/[^\s?#]*)?",
        parse=parsers.url,
        longest=2048,
        right_form=forms.host_within,
    ),
]
Origin = Annotated[
    str,
    Text(
        expected="where the tunnel finds it, such as ssh://192.168.1.11:22 or https://192.168.1.20:8006",
        pattern=rf"(ssh|https?)://{_WITH_PORT}",
        parse=parsers.origin,
        right_form=forms.host_within,
    ),
]
S3Endpoint = Annotated[
    str,
    Text(
        expected="where the S3 service is, such as https://s3.eu-central-1.amazonaws.com",
        pattern=rf"https?://{_WITH_PORT}",
        parse=parsers.origin,
        right_form=forms.host_within,
    ),
]
Bucket = Annotated[
    str,
    Text(
        expected="a bucket's name of 3 to 63 small letters, digits, dots and dashes, such as homelab-backup",
        pattern=r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        parse=parsers.bucket,
    ),
]
Region = Annotated[
    str,
    Text(expected="a region such as eu-central-1", pattern="[a-z0-9]+(-[a-z0-9]+)*", longest=63),
]
Session = Annotated[
    str,
    Text(
        expected="a duration in hours, minutes and seconds such as 8h or 30m",
        pattern=_DURATION,
        parse=parsers.session,
    ),
]
Certificates = Annotated[
    str,
    Text(
        expected="certificates in PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
        pattern=rf"\s*({_CERTIFICATE})+",
        parse=parsers.certificates,
        longest=65536,
        hidden=True,  # people paste the key along with it
    ),
]
Reason = Annotated[
    str,
    Text(
        expected="a reason in a few words, on one line",
        pattern=r"[!-~]+( [!-~]+)+",
    ),
]
Group = Annotated[
    str,
    Text(
        expected="one of Authentik's groups such as homelab-admins",
        pattern="|".join(GROUPS),
    ),
]
