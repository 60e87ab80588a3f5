"""All screens: importing one hangs its routes on the blueprint."""

from plugin.web.admin import home, leaving, parked, selling, storefront
from plugin.web.admin.door import admin

__all__ = ["admin", "home", "leaving", "parked", "selling", "storefront"]
