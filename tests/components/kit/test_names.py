"""A name is given once: of a resource in the stack, and of an object in the cluster."""

from __future__ import annotations

import re
from collections.abc import Callable

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap, Service
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole

from components.kit.names import NameTakenError, UniqueNames
from tests.support.recorder import Recording, record


class Part(pulumi.ComponentResource):
    def __init__(self, name: str, kind: str = "Part", opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"test:kit:{kind}", name, None, opts)
        self.opts = pulumi.ResourceOptions(parent=self)


def config(part: Part, resource: str, name: pulumi.Input[str], namespace: str | None = "music") -> None:
    ConfigMap(resource, metadata=ObjectMetaArgs(name=name, namespace=namespace), opts=part.opts)


def checked(program: Callable[[pulumi.ResourceOptions], object]) -> Recording[object]:
    """Run a program whose components take these options, which check names."""
    return record(lambda: program(pulumi.ResourceOptions(transformations=[UniqueNames().check])))


def refused(program: Callable[[pulumi.ResourceOptions], object], message: str) -> None:
    with pytest.raises(NameTakenError, match=f"^{re.escape(message)}$"):
        checked(program)


def test_two_resources_of_one_urn_are_refused_by_both_places() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        config(Part("one", opts=opts), "same", "first")
        config(Part("two", opts=opts), "same", "second")

    refused(
        program,
        "the name 'same' of a ConfigMap is given twice: by one > same and by two > same; give one of them another name",
    )


def test_two_components_of_one_urn_are_refused_too() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        for layer in (Part("one", "Layer", opts), Part("two", "Layer", opts)):
            Part("same", opts=layer.opts)

    refused(
        program,
        "the name 'same' of a Part is given twice: by one > same and by two > same; give one of them another name",
    )


def test_two_components_that_write_one_object_are_refused_by_both_places() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        layer = Part("layer", opts=opts)
        config(Part("one", "One", layer.opts), "first", "same")
        config(Part("two", "Two", layer.opts), "second", "same")

    refused(
        program,
        "the name 'same' of a ConfigMap in music is given twice: by layer > one > first and by layer > two > second; "
        "give one of them another name",
    )


def test_an_object_of_the_cluster_has_no_namespace_to_tell_it_apart() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        part = Part("part", opts=opts)
        for name in ("first", "second"):
            ClusterRole(name, metadata=ObjectMetaArgs(name="same"), rules=[], opts=part.opts)

    refused(
        program,
        "the name 'same' of a ClusterRole in the cluster is given twice: by part > first and by part > second; "
        "give one of them another name",
    )


def test_metadata_may_be_a_mapping_too() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        part = Part("part", opts=opts)
        for name in ("first", "second"):
            ConfigMap(name, metadata={"name": "same", "namespace": "music"}, opts=part.opts)

    with pytest.raises(NameTakenError, match="the name 'same' of a ConfigMap in music"):
        checked(program)


def one_name_in_two_kinds(opts: pulumi.ResourceOptions) -> None:
    part = Part("part", opts=opts)
    config(part, "same", "same")
    Service("same", metadata=ObjectMetaArgs(name="same", namespace="music"), opts=part.opts)


def one_name_below_two_kinds_of_component(opts: pulumi.ResourceOptions) -> None:
    config(Part("one", "One", opts), "same", "first")
    config(Part("two", "Two", opts), "same", "second")


def one_name_in_two_namespaces(opts: pulumi.ResourceOptions) -> None:
    part = Part("part", opts=opts)
    for place in ("music", "video"):
        config(part, place, "same", place)


def one_name_for_a_component_and_what_is_in_it(opts: pulumi.ResourceOptions) -> None:
    config(Part("same", opts=opts), "same", "same")


def names_that_the_cluster_makes_up(opts: pulumi.ResourceOptions) -> None:
    part = Part("part", opts=opts)
    for name in ("first", "second"):
        ConfigMap(name, metadata=ObjectMetaArgs(namespace="music"), opts=part.opts)
        ConfigMap(f"{name}-bare", opts=part.opts)


def names_that_are_known_later(opts: pulumi.ResourceOptions) -> None:
    part = Part("part", opts=opts)
    for name in ("first", "second"):
        config(part, name, pulumi.Output.from_input(name))


def one_name_with_and_without_the_check(opts: pulumi.ResourceOptions) -> None:
    config(Part("one", opts=opts), "same", "same")
    config(Part("two"), "same", "same")


@pytest.mark.parametrize(
    "program",
    [
        one_name_in_two_kinds,
        one_name_below_two_kinds_of_component,
        one_name_in_two_namespaces,
        one_name_for_a_component_and_what_is_in_it,
        names_that_the_cluster_makes_up,
        names_that_are_known_later,
        one_name_with_and_without_the_check,
    ],
)
def test_what_the_engine_and_the_cluster_tell_apart_is_no_clash(
    program: Callable[[pulumi.ResourceOptions], None],
) -> None:
    assert checked(program).resources


def test_two_stacks_in_one_process_know_nothing_of_each_other() -> None:
    for _ in range(2):
        assert checked(lambda opts: config(Part("part", opts=opts), "same", "same")).of(":ConfigMap")


def test_the_engine_prints_it_without_a_traceback() -> None:
    # What Pulumi's runner does with this class of error and with no other.
    assert issubclass(NameTakenError, pulumi.RunError)
