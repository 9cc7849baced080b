"""The matrix of network policies, as a picture and in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pages import svg
from pages.markdown import code, codes, page, table
from pages.matrix import Matrix, Party, matrix
from pages.platform import Platform

PICTURE: Final = "network.svg"


def picture(platform: Platform) -> str:
    """The picture."""
    found = matrix(platform.snapshot)
    return svg.drawn(found.calls, found.callers, found.callees)


def network(platform: Platform) -> str:
    """The page around it."""
    found = matrix(platform.snapshot)
    policies = len(platform.all("NetworkPolicy"))
    return page(
        "Who may call whom",
        f"{policies} network policies, and what comes of them: who is in a row may call who is in a column, at the "
        "ports in the cell. Every namespace is closed to begin with; what is not here is not permitted. Left out are "
        "look-ups of names, which everybody may make, calls between the pods of one workload, and workloads in the "
        "nodes' own network, which no policy concerns.",
        f"![Rows call columns]({PICTURE})",
        "## In words",
        table(["who", "is called by"], _rows(found)),
    )


def _rows(found: Matrix) -> Iterator[list[str]]:
    for callee in found.callees:
        callers: dict[tuple[str, ...], list[Party]] = {}
        for caller in found.callers:
            if ports := found.calls.get((caller, callee)):
                callers.setdefault(tuple(ports), []).append(caller)
        said = [
            f"at {', '.join(ports)}: {codes(f'{each.namespace}/{each.name}' for each in group)}"
            for ports, group in callers.items()
        ]
        yield [code(f"{callee.namespace}/{callee.name}"), "; ".join(said)]
