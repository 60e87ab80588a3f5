"""Settings, Users and roles: who opened Backorder in this store, and what each of them may do."""

from flask import Response, g

from plugin.domain.store import Role
from plugin.services.errors import NotFound
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import show
from plugin.web.admin.speech import gettext, marked
from plugin.web.current import plugin, tenant_id

ROLE_WORDS: dict[Role, tuple[str, str]] = {
    Role.OWNER: (marked("Owner"), marked("Everything: also roles, API keys, the way of selling, erasing and leaving.")),
    Role.MANAGER: (marked("Manager"), marked("The daily work: orders, policies, shipments, messages, settings.")),
    Role.READ_ONLY: (marked("Read-only"), marked("Looks at every screen and changes nothing.")),
}


@admin.get("/settings/users")
def settings_users(form: Form = BLANK) -> Response:
    roles = [(role.value, gettext(name), gettext(means)) for role, (name, means) in ROLE_WORDS.items()]
    return show("settings_users", form, users=plugin().directory.users(tenant_id()), roles=roles, me=g.user.user_id)


@admin.post("/settings/users/<id:user_id>")
@needs(Role.OWNER)
def settings_users_role(user_id: int) -> Response:
    return change_role(user_id=user_id)


def page_without(user_id: int, form: Form) -> Response:  # noqa: ARG001 — the address names a user, the page shows all
    return settings_users(form)


@shows_again(page_without)
def change_role(user_id: int) -> Response:
    role = Role(fields.one_of("role", tuple(each.value for each in Role)))
    if user_id == g.user.user_id:
        raise fields.wrong("role", role, gettext("Nobody changes their own role; ask another owner."))
    if not plugin().directory.set_role(tenant_id(), user_id, role):
        raise NotFound("user", user_id)
    return done("settings_users", "role")
