"""The recorded requests of a real Magento 2.4.6, played against the served simulator: it answers as that shop did.

`recorded.json` has the steps in their order: the call, its body, and of the answer the status, the message with
its parameters, an order's state, totals and quantities, and all salable quantities. `{o1}` stands for an id that an
earlier step was answered with; an `order` is given by its differences from a complete one.
"""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from gateways.errors import CallFailedError
from gateways.http.call import Call, Reply
from gateways.http.client import HttpClient
from tests.gateways.simulator.rest.shops import recorded_shop, serving_shop

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
EARLIER = -411
"""Pieces of SKU-1 that were promised before the recording began."""

REFUSALS = frozenset({400, 401, 404})


class Player:
    """Plays steps, and keeps the ids of the records that they make."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._ids: dict[str, Any] = {}

    def play(self, step: dict[str, Any]) -> list[str]:
        """Make the step's call; return how its answer differs from the recorded one."""
        method, path = step["call"].split(" ", 1)
        body = self._filled({"entity": changed_order(step["order"])} if "order" in step else step.get("body"))
        call = Call("play", method, f"/V1{self._filled(path)}", body=body, answers=REFUSALS)
        status, data = self._send(call)
        if "as" in step and status == 200:
            self._remember(step["as"], data)
        return [f"{step['call']}: {difference}" for difference in differences(step, status, data)]

    def _send(self, call: Call) -> tuple[int, Any]:
        try:
            reply: Reply = self._client.call(call)
        except CallFailedError as error:  # a 500, which the client defers
            return int(error.code), {"message": str(error)}
        return reply.status, reply.data

    def _remember(self, name: str, data: Any) -> None:
        if not isinstance(data, dict):
            self._ids[name] = int(data)
            return
        self._ids[name] = data["entity_id"]
        self._ids |= {f"{name}.{position}": item["item_id"] for position, item in enumerate(data["items"])}
        if "billing_address" in data:
            self._ids[f"{name}.billing"] = data["billing_address"]["entity_id"]

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, str) and (name := re.fullmatch(r"\{([^}]+)\}", value)):
            return self._ids[name[1]]
        return re.sub(r"\{(\w+)\}", lambda m: str(self._ids[m[1]]), value) if isinstance(value, str) else value


def changed_order(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the complete order with these changes; `<left out>` removes a field, `<100x>` is a hundred x."""
    order: dict[str, Any] = deepcopy(RECORDED["order"])
    for path, value in changes.items():
        *parents, last = path.split(".")
        target: Any = order
        for name in parents:
            target = target[int(name)] if name.isdigit() else target[name]
        if value == "<left out>":
            del target[last]
        else:
            target[last] = json.loads(re.sub(r"<(\d+)x>", lambda m: "x" * int(m[1]), json.dumps(value)))
    return order


def differences(step: dict[str, Any], status: int, data: Any) -> list[str]:
    """Return the differences of an answer from the recorded one."""
    found = []
    if status != step.get("status", 200):
        found.append(f"status {status}, not {step.get('status', 200)}: {data}")
    elif status != 500 and isinstance(data, dict):
        found += [
            f"{name} {data.get(name)!r}, not {step[name]!r}"
            for name in ("message", "parameters")
            if name in step and data.get(name) != step[name]
        ]
    if (
        status == 200
        and "answer" in step
        and (wrong := _unlike(step["answer"], json.loads(json.dumps(data, default=float))))
    ):
        found.append(wrong)
    return found


def _unlike(recorded: Any, data: Any) -> str:
    """Return where recorded values are not in the answer."""
    if isinstance(recorded, dict) and isinstance(data, dict):
        wrong = [f"{name}: {w}" for name, value in recorded.items() if (w := _unlike(value, data.get(name)))]
        return "; ".join(wrong)
    if isinstance(recorded, list) and isinstance(data, list) and len(recorded) == len(data):
        return "; ".join(w for one, other in zip(recorded, data, strict=True) if (w := _unlike(one, other)))
    if isinstance(recorded, str) and "x>" in recorded:
        return ""
    return "" if recorded == data else f"{data!r}, not {recorded!r}"


def test_the_served_simulator_answers_as_the_recorded_shop() -> None:
    shop = recorded_shop()
    shop.reserve("SKU-1", EARLIER, "order_placed")
    shop.orders[0] = {"increment_id": "9" * 50, "store_id": 1, "ext_order_id": "earlier", "entity_id": 0}
    with serving_shop(shop) as served:
        player = Player(served.client)
        wrong = [difference for step in RECORDED["steps"] for difference in player.play(step)]
    assert wrong == []
    assert len(RECORDED["steps"]) > 200
