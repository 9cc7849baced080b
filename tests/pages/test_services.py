"""The catalogue: every service with what is its own."""

from __future__ import annotations

import json
import re

import pytest

from pages.errors import PagesError
from pages.services import dashboards, services
from tests.pages.conftest import Running


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", ["committed", "whole"])
def test_every_service_is_there_with_its_facts(name: str, request: pytest.FixtureRequest) -> None:
    running: Running = request.getfixturevalue(name)
    found = sections(services(running.platform))
    assert set(found) == {item.title for item in running.summary.services}
    for item in running.summary.services:
        text = found[item.title]
        assert item.description in text
        assert item.url in text
        assert item.sign_in in text
        assert all(f"`{group}`" in text for group in item.groups)
        assert all(page.removeprefix("docs/") in text for page in item.runbooks)
        for fact in ("Address", "Sign-in", "Runs", "Data", "Backup", "Dashboards", "Runbooks"):
            assert f"- **{fact}** " in text


def test_every_database_and_every_volume_of_an_application_is_in_its_section(committed: Running) -> None:
    found = sections(services(committed.platform))
    titles = {item.name: item.title for item in committed.summary.services}
    for database in committed.summary.databases:
        assert f"`{database.cluster}`" in found[titles[database.name]]
        assert database.archive in found[titles[database.name]]
    own = [item for item in committed.summary.volumes if item.namespace in titles]
    assert own
    for volume in own:
        assert f"`{volume.claim}`, {volume.size}" in found[titles[volume.namespace]]


def test_what_shares_a_namespace_has_what_its_own_workloads_keep(committed: Running) -> None:
    found = sections(services(committed.platform))
    assert "blocks of metrics" in found["Prometheus"]
    assert re.search(
        r"`prometheus-temporis-db` of each pod of `temporis/prometheus-temporis`, 20Gi", found["Prometheus"]
    )
    assert "- **Data** none" in found["Grafana"]
    assert "influxdb-data" in found["InfluxDB"]
    assert "influxdb-data" not in found["Prometheus"]


def test_what_is_backed_up_says_when_and_where_to(committed: Running) -> None:
    found = sections(services(committed.platform))
    (backup,) = [item for item in committed.summary.backups if item.claim == "navidrome-data"]
    assert f"at `{backup.schedule}` (UTC), to NFS `{backup.folder}`, {backup.kept}" in found["Navidrome"]


def test_the_version_is_that_of_the_pods(running: Running) -> None:
    pods = running.healthy.get("Deployment", "navidrome", "navidrome")["spec"]["template"]["spec"]
    pods["containers"][0]["image"] = "registry.example.org:5000/navidrome:99.9"
    assert "`navidrome/navidrome` (Deployment, 99.9)" in services(running.platform)


def test_a_dashboard_is_a_services_if_it_asks_for_its_job_or_for_every_host(running: Running) -> None:
    (music,) = [item for item in running.summary.services if item.name == "navidrome"]
    assert [item.uid for item in dashboards(running.platform, music)] == ["overview"]
    for item in running.healthy.all("ConfigMap"):
        if "rooms.json" in item.get("data", {}):
            page = json.loads(item["data"]["rooms.json"])
            page["panels"][0]["targets"] = [{"expr": 'up{job="navidrome"}'}]
            item["data"]["rooms.json"] = json.dumps(page)
    assert [item.uid for item in dashboards(running.platform, music)] == ["overview", "rooms"]


def test_a_dashboard_that_is_nowhere_is_named(running: Running) -> None:
    for item in running.healthy.all("ConfigMap"):
        item.get("data", {}).pop("rooms.json", None)
    with pytest.raises(PagesError, match=r"dashboard rooms: looked for a ConfigMap with rooms\.json"):
        services(running.platform)


def test_a_volume_that_leads_elsewhere_is_told(running: Running) -> None:
    claim = next(item.claim for item in running.summary.volumes if item.holds == "photos")
    running.healthy.get("PersistentVolume", f"immich-{claim}")["spec"]["nfs"]["path"] = "/elsewhere"
    with pytest.raises(PagesError, match=f"folder of PersistentVolume {claim}: .*'/elsewhere'"):
        services(running.platform)
