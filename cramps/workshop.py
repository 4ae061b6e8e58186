"""The editors' workshop: Django's admin under the guide's own name, its rows gathered by what they are for."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

if TYPE_CHECKING:
    from cramps.second_factor import LoginForm

SUBJECTS = {
    "What is decided": ("Rule", "Guarantee", "Case"),
    "What is asked": ("Question", "Section"),
    "What visitors read": ("Intervention", "Wording", "Omission"),
    "What it stands on": ("Source", "Appraisal", "Scope", "Aside", "Reference"),
    "The guide as a whole": ("Draft", "Proposal", "Release", "ReleaseReview", "SharedResult", "LogEntry"),
}

KEY_OF_A_ROW = re.compile(r"[0-9]{0,18}")
LOOKUP = re.compile(r"\w+__(exact|isnull|gte|lt)")
"""What the filters beside a list put into its address."""


class Workshop(admin.AdminSite):
    site_header = "The cramps guide: workshop"
    site_title = "workshop of the cramps guide"
    index_title = "Workshop"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[URLPattern] = []
        """Pages of our own beside those of the rows, under the same login: each goes through ``admin_view``."""

    @property
    def login_form(self) -> "type[LoginForm] | None":  # type: ignore[override]
        from cramps.second_factor import LoginForm  # here, for forms need the models that this site is made before

        return LoginForm if settings.STAFF_SECOND_FACTOR else None

    @property
    def login_template(self) -> str | None:  # type: ignore[override]
        return "admin/second_factor.html" if settings.STAFF_SECOND_FACTOR else None

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and where the setting demands a second factor, only with it: a session from before is not enough."""
        if not super().has_permission(request):
            return False
        return not settings.STAFF_SECOND_FACTOR or bool(request.user.is_verified())  # type: ignore[union-attr]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., HttpResponse]:  # type: ignore[override]
        """Django's own, but for what it would hand to the database as it was sent, and fail where that is rubbish."""

        @wraps(view)
        def readable(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not _readable(request):
                raise BadRequest("No row is known by such a key, and no list is filtered so.")
            return view(request, *args, **kwargs)

        guarded: Callable[..., HttpResponse] = super().admin_view(readable, cacheable)
        return guarded

    def get_urls(self) -> list[Any]:
        return [*self.pages, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        ours = next((app for app in apps if app["app_label"] == "guidance"), None)
        known = {model["object_name"]: model for app in apps for model in app["models"]}
        if "LogEntry" in known:
            known["LogEntry"]["name"] = "History"
        gathered = [
            {**(ours or {}), "name": subject, "models": [known[name] for name in names if name in known]}
            for subject, names in SUBJECTS.items()
        ]
        placed = {name for names in SUBJECTS.values() for name in names}
        for app in apps:
            app["models"] = [model for model in app["models"] if model["object_name"] not in placed]
        return [app for app in [*gathered, *apps] if app["models"]]


def _readable(request: HttpRequest) -> bool:
    keys = [
        key
        for name, values in request.POST.lists()
        if name == ACTION_CHECKBOX_NAME or name.endswith("-id")
        for key in values
    ]
    lookups = [name for name in request.GET if "__" in name]
    return all(map(KEY_OF_A_ROW.fullmatch, keys)) and all(map(LOOKUP.fullmatch, lookups))


class WorkshopConfig(AdminConfig):
    default_site = "cramps.workshop.Workshop"

    def ready(self) -> None:
        from django_otp.plugins.otp_totp.models import TOTPDevice

        super().ready()
        admin.site.unregister(TOTPDevice)  # a second factor is set up by command: on no page can its key be read
