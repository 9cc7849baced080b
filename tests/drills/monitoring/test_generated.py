"""Of generated configurations only the way to whoever is called is changed, and how long one waits."""

from __future__ import annotations

import yaml

from drills.monitoring import generated

PROMETHEUS = """
rule_files: [/etc/prometheus/rules/a/*.yaml]
scrape_configs:
- job_name: one
  scrape_interval: 15s
  metrics_path: /etc/prometheus/rules
  kubernetes_sd_configs: [{role: pod}]
  tls_config: {ca_file: /etc/prometheus/rules/ca.crt}
- job_name: two
  static_configs: [{targets: [a]}]
alerting:
  alertmanagers: [{kubernetes_sd_configs: [{role: endpointslice}]}]
remote_write: [{url: "http://bridge.temporis.svc:8080/receive"}]
"""
ALERTMANAGER = """
route:
  receiver: 'null'
  group_wait: 30s
  routes: [{receiver: told, group_interval: 5m, repeat_interval: 12h}]
receivers:
- name: 'null'
- name: told
  discord_configs: [{webhook_url: "https://discord.com/x"}]
  webhook_configs: [{url: "https://watcher.example.org", http_config: {follow_redirects: false}}]
"""


def test_everybody_is_called_by_the_proxy_and_nothing_else_is_changed() -> None:
    changed = yaml.safe_load(
        generated.of_prometheus(
            PROMETHEUS, proxy="http://proxy", kubeconfig="/k", here=lambda path: path.replace("/etc", "/here")
        )
    )
    before = yaml.safe_load(PROMETHEUS)
    called = [*changed["scrape_configs"], *changed["alerting"]["alertmanagers"], *changed["remote_write"]]
    assert [each.pop("proxy_url") for each in called] == ["http://proxy"] * 4
    for discovered in (changed["scrape_configs"][0], changed["alerting"]["alertmanagers"][0]):
        assert discovered["kubernetes_sd_configs"][0].pop("kubeconfig_file") == "/k"
    assert changed.pop("rule_files") == ["/here/prometheus/rules/a/*.yaml"]
    assert changed["scrape_configs"][0]["tls_config"].pop("ca_file") == "/here/prometheus/rules/ca.crt"
    before.pop("rule_files")
    before["scrape_configs"][0]["tls_config"] = {}
    assert changed == before


def test_groups_with_an_interval_of_their_own_have_a_shorter_one() -> None:
    rules = "groups: [{name: a, interval: 5m, rules: []}, {name: b, rules: []}]"
    one, other = yaml.safe_load(generated.sooner(rules))["groups"]
    assert one["interval"] == generated.SOON
    assert "interval" not in other


def test_whoever_is_told_is_told_by_the_drills_internet_and_soon() -> None:
    changed = yaml.safe_load(generated.of_alertmanager(ALERTMANAGER, proxy="http://proxy", authority="/ca.crt"))
    told = changed["receivers"][1]
    way = {"proxy_url": "http://proxy", "tls_config": {"ca_file": "/ca.crt"}}
    assert told["discord_configs"][0] == {"webhook_url": "https://discord.com/x", "http_config": way}
    assert told["webhook_configs"][0]["http_config"] == {"follow_redirects": False, **way}
    assert changed["route"]["group_wait"] == generated.AT_ONCE
    inner = changed["route"]["routes"][0]
    assert (inner["group_interval"], inner["repeat_interval"]) == (generated.SOON, "12h")
