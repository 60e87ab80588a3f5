"""All screens: importing a module of this folder hangs its routes on the blueprint, so a new screen is just a new file."""

from importlib import import_module
from pkgutil import walk_packages

import plugin.web.admin
from plugin.web.admin.door import admin

for _module in walk_packages(plugin.web.admin.__path__, "plugin.web.admin."):
    if _module.name != __name__:
        import_module(_module.name)

__all__ = ["admin"]
