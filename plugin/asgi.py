"""The ASGI application every server loads: `app`, built from the environment. The only module that works at import."""

from plugin import telemetry
from plugin.bootstrap import build
from plugin.settings import Settings
from plugin.web.front import Front

settings = Settings.from_env()
telemetry.configure(settings, process="web")
app = Front(build(settings))
