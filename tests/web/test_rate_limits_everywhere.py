"""Every route there is, asked by a stranger whose turns are used up: 429, or a reason why it needs no limit."""

from plugin.web.rate_limit import LIMITER, Rate
from plugin.web.storefront import LOOKED
from tests.web.stage import ADA, Web, fill
from tests.web.test_tenants import calls

UNLIMITED = {
    "install.load": "A signature is checked before anything is read.",
    "install.uninstall": "A signature is checked first; all stores share BigCommerce's addresses.",
    "install.remove_user": "A signature is checked first; all stores share BigCommerce's addresses.",
    "storefront.script": "A file from memory that caches keep for ever.",
    "static": "Files that caches keep.",
    "health.live": "Says two words, and the host's own checks must never be refused.",
    "health.ready": "One look at the schema's number, and the host's own checks must never be refused.",
    "health.metrics": "Answers only this machine, or the holder of its token.",
    "api.describe": "The same text for everybody, which caches keep.",
}
"""The receiver in front of Flask has none either: BigCommerce counts each refusal against every store."""
NEEDS_A_SESSION = ("admin.",)


class UsedUp:
    def take(self, _key: str, _rate: Rate) -> int:
        return 60_000


def test_each_public_route_is_limited_or_says_why_not(web: Web) -> None:
    fill(web.plugin, ADA)
    looked = web.app.extensions[LOOKED]
    web.app.extensions[LIMITER] = web.app.extensions[LOOKED] = UsedUp()
    try:
        answers = {
            (rule.endpoint, method): web.client().open(path, method=method, json={} if method != "GET" else None)
            for rule, method, path in calls(web)
        }
    finally:
        web.app.extensions[LOOKED] = looked
    public = {key: answer for key, answer in answers.items() if not key[0].startswith(NEEDS_A_SESSION)}
    unlimited = {endpoint for (endpoint, _), answer in public.items() if answer.status_code != 429}
    assert unlimited == UNLIMITED.keys()
    assert {answer.status_code for answer in answers.values() if answer not in public.values()} <= {401, 404, 405}
    assert {answer.headers["Retry-After"] for answer in public.values() if answer.status_code == 429} == {"60"}
    assert len(public) > 25
