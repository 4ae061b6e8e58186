from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer every request under ``SECURE_CSP``, in the form of Django 6's setting of that name, and nothing the page
    could ask of the device under ``PERMISSIONS_POLICY``."""
    csp = "; ".join(" ".join([directive, *sources]) for directive, sources in settings.SECURE_CSP.items())
    permissions = ", ".join(f"{feature}=()" for feature in settings.PERMISSIONS_POLICY)

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = csp
        response.headers["Permissions-Policy"] = permissions
        return response

    return respond
