"""Who may call: a program with a token, or a signed-in person's own page.

@router.get("/customers", auth=door("customers.see"))
def customers(request): person = request.auth ...
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import must, reaches
from bihuan.base.access.tokens import caller_of, note_refused
from bihuan.base.errors import NotAllowed


class Door(HttpBearer):
    """Opens to whom the table of rights gives `verb`, and to their tokens that name it.

    The answer, `request.auth`, is the person; rows are narrowed by it as on every screen.
    """

    def __init__(self, verb: str) -> None:
        if verb not in RIGHTS:
            raise KeyError(verb)
        self.verb = verb
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        if request.headers.get("Authorization"):
            return super().__call__(request)
        if not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise HttpError(403, "CSRF")
        must(request.user, self.verb)
        return request.user

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = clock.now()
        caller = caller_of(token, now)
        if caller is None:
            note_refused(token, verb=self.verb, now=now)
            return None
        if self.verb not in caller.scopes or not reaches(caller.user, self.verb):
            note_refused(token, verb=self.verb, now=now)
            raise NotAllowed
        return caller.user


def door(verb: str) -> Door:
    return Door(verb)
