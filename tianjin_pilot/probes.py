"""What monitoring and a load balancer ask, without signing in: /healthz and /readyz.

The answers name what is out of order and nothing of the installation: no address, no version.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tianjin_pilot.readiness import FINE, STARTING, parts_standing

UNAVAILABLE = 503


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; it asks nothing else."""
    return JsonResponse({"status": FINE})


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 where everything that the product needs is there, else 503; each with its word."""
    parts = parts_standing(timezone.now())
    is_ready = all(said in (FINE, STARTING) for said in parts.values())
    return JsonResponse(
        {"status": FINE if is_ready else "unavailable", "checks": parts},
        status=200 if is_ready else UNAVAILABLE,
    )
