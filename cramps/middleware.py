from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
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


def body_limit(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a body that is too big by what its headers say, before anything reads it or looks for a cookie. Only the
    workshop takes files."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        file = request.content_type == "multipart/form-data" and request.path.startswith("/admin/")
        largest = settings.UPLOAD_MAX_SIZE if file else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length[:20]) > largest:
            raise RequestDataTooBig(f"A body of more than {largest} bytes.")
        return get_response(request)

    return respond
