"""Machine-readable documents of the events: a JSON Schema of each event's data, and AsyncAPI 3 of all events.

They describe the form that publishers should write. Crossdock reads a little more, such as an amount that is a JSON
number.
"""

from inspect import cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from events.cloud_event import event_models
from events.envelope import CONTENT_TYPE
from events.registry import CONSUMERS, PAYLOADS, UPSTREAM, urn
from events.topology import exchange_of

DIALECT = GenerateJsonSchema.schema_dialect

_DESCRIPTION = """\
Crossdock carries orders between Amazon and Adobe Commerce. Events are CloudEvents 1.0 in structured JSON, published to
a durable topic exchange of RabbitMQ, its own requests to one that only Crossdock may publish to; the routing key is the
event's name. `source` and `id` together are the event's
identity: published twice, it is handled once.
"""

_BINDING = "0.3.0"
"""Version of AsyncAPI's binding for AMQP 0-9-1."""


class _Schemas(GenerateJsonSchema):
    """Omits titles, which repeat the names of the fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def data_schemas() -> dict[str, dict[str, Any]]:
    """Return, by the event's name, the JSON Schema (2020-12) of its data, whose `$id` is the event's `dataschema`."""
    return {
        name: {"$schema": DIALECT, "$id": urn(name), **model.model_json_schema(schema_generator=_Schemas)}
        for name, model in PAYLOADS.items()
    }


def asyncapi(version: str) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: the events that Crossdock receives, by queue, and those that it publishes."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Crossdock", "version": version, "description": _DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "channels": {name: _channel(name) for name in PAYLOADS},
        "operations": _receives() | _sends(),
        "components": {"messages": {name: _message(name) for name in PAYLOADS}, "schemas": _event_schemas()},
    }


def _channel(name: str) -> dict[str, Any]:
    exchange = {"name": exchange_of(name), "type": "topic", "durable": True, "autoDelete": False}
    binding = {"is": "routingKey", "exchange": exchange, "bindingVersion": _BINDING}
    return {"address": name, "messages": {name: _ref("components/messages", name)}, "bindings": {"amqp": binding}}


def _message(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "summary": cleandoc(PAYLOADS[name].__doc__ or ""),
        "contentType": CONTENT_TYPE,
        "payload": _ref("components/schemas", event_models()[name].__name__),
        "bindings": {"amqp": {"messageType": name, "bindingVersion": _BINDING}},
    }


def _receives() -> dict[str, Any]:
    return {
        f"receive-{name}": {
            "action": "receive",
            "summary": f"Consumed from the queue {consumer}.",
            "channel": _ref("channels", name),
            "bindings": {"amqp": {"ack": True, "bindingVersion": _BINDING}},
        }
        for consumer, name in CONSUMERS.items()
    }


def _sends() -> dict[str, Any]:
    return {
        f"publish-{name}": {
            "action": "send",
            "channel": _ref("channels", name),
            "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": _BINDING}},
        }
        for name in PAYLOADS
        if name not in UPSTREAM
    }


def _event_schemas() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in event_models().values()]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}", schema_generator=_Schemas)
    return dict(schemas["$defs"])


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}
