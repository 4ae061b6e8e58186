"""The editors' workshop: Django's admin under the guide's own name, its rows gathered by what they are for."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.urls import URLPattern

SUBJECTS = {
    "What is decided": ("Rule", "Guarantee", "Case"),
    "What is asked": ("Question", "Section"),
    "What visitors read": ("Intervention", "Wording", "Omission"),
    "What it stands on": ("Source", "Appraisal", "Scope", "Aside", "Reference"),
    "The guide as a whole": ("Draft", "Proposal", "Release", "ReleaseReview", "SharedResult"),
}


class Workshop(admin.AdminSite):
    site_header = "The cramps guide: workshop"
    site_title = "workshop of the cramps guide"
    index_title = "Workshop"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[URLPattern] = []
        """Pages of our own beside those of the rows, under the same login: each goes through ``admin_view``."""

    def get_urls(self) -> list[Any]:
        return [*self.pages, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        ours = next((app for app in apps if app["app_label"] == "guidance"), None)
        if ours is None:
            return apps
        known = {model["object_name"]: model for model in ours["models"]}
        gathered = []
        for subject, names in SUBJECTS.items():
            if models := [known.pop(name) for name in names if name in known]:
                gathered.append({**ours, "name": subject, "models": models})
        rest = [{**ours, "models": list(known.values())}] if known else []
        return [*gathered, *rest, *(app for app in apps if app is not ours)]


class WorkshopConfig(AdminConfig):
    default_site = "cramps.workshop.Workshop"
