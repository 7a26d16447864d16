"""The fields of a form whose names the page makes: a dependency of handlers that take no fixed set of them."""

from typing import Annotated

from fastapi import Depends, Request

from web.security.csrf import FIELD


async def form_fields(request: Request) -> dict[str, str]:
    """Return the texts of a form by name, without its token; of a name that stands twice the last."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str) and name != FIELD}


FormFields = Annotated[dict[str, str], Depends(form_fields)]
