"""The recorder sees what Pulumi's own mocks do not show: every other test relies on it."""

from __future__ import annotations

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from tests.support.answers import Answers
from tests.support.recorder import Recording, Secret, record


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str, *, finish: bool = True, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:kit:Thing", name, None, opts)
        self.child = config(f"{name}-child", opts=pulumi.ResourceOptions(parent=self))
        if finish:
            self.register_outputs({})


def config(
    name: str, data: dict[str, pulumi.Input[str]] | None = None, opts: pulumi.ResourceOptions | None = None
) -> ConfigMap:
    return ConfigMap(name, metadata=ObjectMetaArgs(name=name, namespace="space"), data=data, opts=opts)


def program() -> str:
    provider = Provider("cluster", context="somewhere")
    kept = pulumi.ResourceOptions(provider=provider, protect=True, retain_on_delete=True, delete_before_replace=True)
    first = config("first", opts=kept)
    second = config("second", opts=pulumi.ResourceOptions(depends_on=[first]))
    config(
        "third", {"plain": "text", "hidden": pulumi.Output.secret("text")}, pulumi.ResourceOptions(depends_on=second)
    )
    # By using an output instead of saying so.
    config("fourth", {"first": first.metadata.apply(lambda metadata: str(metadata.name))})
    Thing("finished")
    Thing("unfinished", finish=False)
    return "result"


@pytest.fixture(scope="module")
def recording() -> Recording[str]:
    return record(program)


def test_it_returns_what_the_program_returned(recording: Recording[str]) -> None:
    assert recording.result == "result"


def test_it_keeps_protection_retention_and_the_order_of_a_replacement(recording: Recording[str]) -> None:
    first, second = recording.one(":ConfigMap", "first"), recording.one(":ConfigMap", "second")
    assert (first.protect, first.retain_on_delete, first.delete_before_replace) == (True, True, True)
    assert (second.protect, second.retain_on_delete, second.delete_before_replace) == (False, False, False)


def test_a_urn_names_the_types_of_all_that_a_resource_is_in() -> None:
    def nested() -> None:
        outer = Thing("outer")
        Thing("inner", opts=pulumi.ResourceOptions(parent=outer))

    urn = record(nested).one(":ConfigMap", "inner-child").urn
    assert urn.endswith("::test:kit:Thing$test:kit:Thing$kubernetes:core/v1:ConfigMap::inner-child")


def test_it_keeps_dependencies_whether_said_or_implied(recording: Recording[str]) -> None:
    first = recording.one(":ConfigMap", "first")
    assert first.urn in recording.one(":ConfigMap", "second").depends_on
    assert first.urn in recording.one(":ConfigMap", "fourth").depends_on
    assert first.urn not in recording.one(":ConfigMap", "third").depends_on
    assert first.urn in recording.before(recording.one(":ConfigMap", "third"))
    assert first.depends_on == frozenset()


def test_it_keeps_parents_and_providers(recording: Recording[str]) -> None:
    child = recording.one(":ConfigMap", "finished-child")
    assert child.parent == recording.one(":Thing", "finished").urn
    assert recording.one("providers:kubernetes", "cluster").urn in recording.one(":ConfigMap", "first").provider
    assert "cluster" not in child.provider


def test_it_tells_components_from_resources_and_finished_ones_from_others(recording: Recording[str]) -> None:
    finished, unfinished = recording.one(":Thing", "finished"), recording.one(":Thing", "unfinished")
    assert not finished.custom
    assert recording.one(":ConfigMap", "first").custom
    assert finished.urn in recording.finished
    assert unfinished.urn not in recording.finished
    assert {item.name for item in recording.objects()} == {
        "first",
        "second",
        "third",
        "fourth",
        "finished-child",
        "unfinished-child",
    }


def test_it_keeps_secrets_wrapped(recording: Recording[str]) -> None:
    # A map with one secret in it is secret as a whole.
    assert recording.one(":ConfigMap", "third").inputs["data"] == Secret({"plain": "text", "hidden": "text"})
    assert recording.one(":ConfigMap", "fourth").inputs["data"] == {"first": "first"}


def test_it_finds_nothing_where_there_is_nothing(recording: Recording[str]) -> None:
    with pytest.raises(AssertionError, match="expected one :ConfigMap 'fifth', found"):
        recording.one(":ConfigMap", "fifth")


def test_two_resources_of_one_name_are_both_recorded() -> None:
    twice = record(lambda: (config("same"), config("same")))
    assert [item.name for item in twice.of(":ConfigMap")] == ["same", "same"]
    assert len({item.urn for item in twice.of(":ConfigMap")}) == 1


def test_a_look_up_without_an_answer_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no answer for the lookup"):
        Answers().call(MockCallArgs("test:index:unknown", {}, ""))


def test_an_error_in_the_program_is_the_tests_to_see_and_leaves_the_next_run_alone() -> None:
    def broken() -> None:
        config("first")
        message = "broken"
        raise ValueError(message)

    with pytest.raises(ValueError, match="broken"):
        record(broken)
    assert len(record(lambda: config("second")).resources) == 1


def test_configuration_reaches_the_program_with_its_secrets_marked() -> None:
    def read() -> tuple[str, bool]:
        return pulumi.Config("homelab").require("plain"), pulumi.runtime.is_config_secret("homelab:hidden")

    values = {"homelab:plain": "text", "homelab:hidden": "text"}
    assert record(read, config=values, encrypted=["homelab:hidden"]).result == ("text", True)
    assert record(read, config=values).result == ("text", False)
