from __future__ import annotations

import json
from functools import partial
from typing import Any

from tests.support.breaking import Break, container, file
from tests.support.healthy import Healthy

GRAFANA = "Deployment temporis/grafana"
DASHBOARD = "/etc/grafana/dashboards/nodes.json"
SOURCES = "/etc/grafana/provisioning/datasources/datasources.yaml"


def write(live: Healthy, key: str, text: str) -> None:
    file(live, key, "temporis")[key] = text


def change_source(live: Healthy, source: str, **changes: Any) -> None:
    """Change the datasource with this uid."""
    content = json.loads(file(live, "datasources.yaml", "temporis")["datasources.yaml"])
    next(item for item in content["datasources"] if item["uid"] == source).update(changes)
    write(live, "datasources.yaml", json.dumps(content))


def ask_another(live: Healthy) -> None:
    """A dashboard names a datasource that there is not."""
    write(live, "proxmox.json", file(live, "proxmox.json", "temporis")["proxmox.json"].replace('"influxdb"', '"gone"'))


def look_elsewhere(live: Healthy) -> None:
    """People see a dashboard first that nobody has made."""
    for variable in container(live, "Deployment", "grafana", "temporis")["env"]:
        if variable["name"] == "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH":
            variable["value"] = "/etc/grafana/dashboards/gone.json"


def forgotten(live: Healthy) -> None:
    """A dashboard that is no file of Grafana's."""
    meta = {"namespace": "temporis", "name": "forgotten"}
    live.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"more.json": '{"panels": []}'}})


BREAKS = (
    *(
        Break(
            check="Grafana -> its files",
            subject=GRAFANA,
            target=SOURCES,
            problem=problem,
            change=partial(write, key="datasources.yaml", text=text),
        )
        for text, problem in (
            ("{", "it cannot be read"),
            ("a: [", "it cannot be read"),
            ("- one", "it is no mapping of keys"),
        )
    ),
    Break(
        check="Grafana -> its files",
        subject=GRAFANA,
        target=DASHBOARD,
        problem="it cannot be read",
        change=partial(write, key="nodes.json", text='{"panels": ['),
    ),
    Break(
        check="Grafana -> its files",
        subject=GRAFANA,
        target=DASHBOARD,
        problem="no such key in it",
        change=lambda live: file(live, "nodes.json", "temporis").clear(),
    ),
    Break(
        check="Grafana -> its first dashboard",
        subject=GRAFANA,
        target="/etc/grafana/dashboards/gone.json",
        problem="no file is there",
        change=look_elsewhere,
    ),
    Break(
        check="dashboard -> Grafana",
        subject="ConfigMap temporis/forgotten key more.json",
        target="Grafana",
        problem="so nobody sees it",
        change=forgotten,
    ),
    Break(
        check="datasource -> Service",
        subject=f"{GRAFANA} datasource thanos",
        target="Service temporis/gone:10902",
        problem="there is no such Service, so panels that ask it stay empty",
        change=lambda live: change_source(live, "thanos", url="http://gone.temporis.svc:10902"),
    ),
    Break(
        check="datasource -> Service",
        subject=f"{GRAFANA} datasource influxdb",
        target="Pod temporis/grafana to Pod temporis/influxdb:8086",
        problem="no egress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "grafana-to-influxdb-egress", "temporis"),
    ),
    Break(
        check="dashboard -> datasource",
        subject=f"{GRAFANA} file /etc/grafana/dashboards/proxmox.json",
        target="datasource gone",
        problem="there is no such datasource: there are alertmanager, influxdb, thanos",
        change=ask_another,
    ),
)
