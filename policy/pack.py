"""The rules as a Pulumi policy pack."""

from __future__ import annotations

from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.rule import Context, Rule
from policy.rules import RULES
from policy.stack import is_object, zones_of


def _of_resource(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if is_object(args.resource_type):
            for violation in rule.violations(args.props, Context(protect=args.opts.protect)):
                report(violation, None)

    return ResourceValidationPolicy(name=rule.name, description=rule.description, validate=validate)


def _of_stack(rule: Rule) -> Policy:
    """Asked once, with all resources: the engine does not tell a pack the stack's configuration in every version."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        objects: list[tuple[str, Any]] = [
            (item.urn, item.props) for item in args.resources if is_object(item.resource_type)
        ]
        context = Context(zones=zones_of(obj for _, obj in objects))
        for urn, obj in objects:
            for violation in rule.violations(obj, context):
                report(violation, urn)

    return StackValidationPolicy(name=rule.name, description=rule.description, validate=validate)


def serve() -> None:
    """Serve the engine until it ends the process."""
    PolicyPack(
        name="homelab",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[_of_stack(rule) if rule.needs_stack else _of_resource(rule) for rule in RULES],
    )
