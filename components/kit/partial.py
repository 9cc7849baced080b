"""Imports a module that is made of thousands of classes without building those that nobody asks for.

The module's own code runs, from its own compiled file; only the bodies of the other classes are left out, and their
names with them: who asks for one after all is told that it is not there.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Callable
from typing import Any, Final

FOR_CHECKERS: Final = "ArgsDict"
"""Ends the names of the mappings that may stand in the place of arguments: only type checkers look at them."""


def load(name: str, *prefixes: str) -> None:
    """Load a module with the classes whose names begin in one of these ways; one that is loaded already is left alone.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        message = f"{name} is not installed: run `make` or `pip install -r requirements.txt`"
        raise ModuleNotFoundError(message)
    module = importlib.util.module_from_spec(spec)
    left_out: set[str] = set()

    def build(body: Callable[[], Any], class_name: str, *bases: Any, **more: Any) -> Any:
        if class_name.startswith(prefixes) and not class_name.endswith(FOR_CHECKERS):
            return builtins.__build_class__(body, class_name, *bases, **more)
        left_out.add(class_name)
        return type(class_name, (), {})

    # Where the statement `class` looks for what it is done by.
    module.__dict__["__builtins__"] = {**vars(builtins), "__build_class__": build}
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    for each in left_out:
        module.__dict__.pop(each, None)
    module.__dict__["__all__"] = [each for each in module.__dict__.get("__all__", ()) if each in module.__dict__]
    parent, _, own = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], own, module)
