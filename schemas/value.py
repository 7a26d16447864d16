"""The type of all models: values, which are never changed."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A model that is never changed. Its validator is built when it is first used: a command uses few of them."""

    model_config = ConfigDict(frozen=True, defer_build=True)
