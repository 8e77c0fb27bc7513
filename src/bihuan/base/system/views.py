"""Health and the company's logo."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.base.access.policy import public
from bihuan.base.errors import NoSuchThing
from bihuan.base.system.models import CompanyRow


@public("the process answers at all; a load balancer asks")
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public("a load balancer asks")
def readyz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public("the sign-in page shows it")
def logo(request: HttpRequest) -> HttpResponse:
    row = CompanyRow.objects.filter(pk=1).first()
    if row is None or not row.logo:
        raise NoSuchThing
    answer = HttpResponse(bytes(row.logo), content_type=row.logo_kind)
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
