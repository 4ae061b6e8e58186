"""How often one visitor may do what costs us something: counted in Django's cache, under a name that is no address."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def allowed(request: HttpRequest, act: str, *, times: int, seconds: int) -> bool:
    """Count one more ``act`` of this visitor; whether it is within ``times`` in the ``seconds`` since the first one."""
    key = f"{act}-{salted_hmac('guidance.limits', address(request)).hexdigest()}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= times
    except ValueError:  # the count ended between the two lines: a new one has begun
        return True


def address(request: HttpRequest) -> str:
    """Where the request came from: as the last proxy we trust wrote it down, or the other end of the connection."""
    if settings.PROXIES:
        passed_on = request.headers.get("X-Forwarded-For", "").split(",")
        if len(passed_on) >= settings.PROXIES:
            return passed_on[-settings.PROXIES].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
