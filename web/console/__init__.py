"""The pages. One module a subject; each has a `router` that is included here."""

from fastapi import APIRouter, Depends

from web.console import (
    activity,
    communication_errors,
    dead_letter_edit,
    dead_letters,
    home,
    order,
    order_actions,
    orders,
    people,
    pipeline,
    products,
    provider_sign_in,
    replays,
    settings,
    sign_in,
    store,
)
from web.security.csrf import check_csrf

SUBJECTS = (
    activity,
    communication_errors,
    dead_letter_edit,
    dead_letters,
    home,
    orders,
    order,
    order_actions,
    people,
    pipeline,
    products,
    provider_sign_in,
    replays,
    settings,
    sign_in,
    store,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(check_csrf)])
for _subject in SUBJECTS:
    router.include_router(_subject.router)
