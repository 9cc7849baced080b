"""The stack configuration as a whole: what `Pulumi.<stack>.yaml` may say, read once and checked whole.

`load` is for the program, `parse` for whoever has the keys in hand; `components.configuration.schema` writes the JSON
Schema that editors read. The kinds of value and the sections are in `components.settings`.
"""

from components.configuration.problems import SettingsError
from components.configuration.stack import Configuration, load, parse
from components.configuration.tree import Apps, Settings

__all__ = [
    "Apps",
    "Configuration",
    "Settings",
    "SettingsError",
    "load",
    "parse",
]
