"""The pages. One module a subject; each has a `router` that is included here."""

from fastapi import APIRouter, Depends

from web.console import home, order, order_actions, sign_in
from web.security.csrf import check_csrf

router = APIRouter(include_in_schema=False, dependencies=[Depends(check_csrf)])
for _module in (sign_in, home, order, order_actions):
    router.include_router(_module.router)
