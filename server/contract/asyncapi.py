"""Prints the table of topics for integrators: an AsyncAPI 3 document and a reference page.

`python -m server.contract.asyncapi` writes both beside this module.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from server.contract.topics import TABLE, Topic

FOLDER: Final = Path(__file__).parent / "reference"
PLACES: Final = {
    "branch": "The hall.",
    "device": "A program's id; also its user name at the broker.",
    "service": "A service of the branch.",
    "counter": "A counter's number.",
    "name": "A part or an alert.",
}
A_PAD: Final = """
## A rating pad with a line of its own

Such a pad is a device of its own, enrolled with a one-time code (`POST /api/v1/enrol`) as a `pad`, which may do
nothing else over HTTP. Its id is user name and client id, its token the password; MQTT 3.1.1, clean session.

1. Connected, it hears its commands, tells `state` (`boot` is new at each start, `session` at each connection; the will
   is the same with `online` false) and again every 5 s, and tells `part/{name}` with kind `rating_pad` and its
   `counter`: from then on the server asks it.
2. `rating-window`: it asks for so many `seconds`; a window that it knows is no new one. `rating-closed`, or the end of
   the seconds: it stops.
3. A press is kept on its own disk first, then told as `event/rating`: `seq` counts from 1 within the `boot` of that
   memory, `after` is the seq before the oldest press that it still holds, `age_ms` what has gone by since by a clock
   that nobody moves (null when it was switched off in between). Fell the press into the window that it knew, it says
   `window` and `in_time` true, else neither. It tells it every 5 s until `stored` names that `boot` and this seq or a
   later one.
4. The same key within 0.4 s is the same finger; a key that stays down and a flood of presses are an `alert`, retained
   until an empty one says that it is over.
"""
SCHEMAS: Final = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    """The AsyncAPI 3 document, seen from the publisher's side."""
    names = {topic: _name(topic) for topic in TABLE}
    models = list(dict.fromkeys(topic.model for topic in TABLE))
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=SCHEMAS)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Powerhall over MQTT",
            "version": "1.0.0",
            "description": "MQTT 3.1.1, JSON in UTF-8. Readers skip fields they do not know and refuse another major.",
        },
        "defaultContentType": "application/json",
        "channels": {names[topic]: _channel(topic) for topic in TABLE},
        "operations": {f"publish-{names[topic]}": _operation(topic, names[topic]) for topic in TABLE},
        "components": {
            "messages": {_model(topic): _message(topic) for topic in TABLE},
            "schemas": {_plain(name): schema for name, schema in schemas["$defs"].items()},
        },
    }


def page() -> str:
    """The reference page, in Markdown."""
    return "\n".join([*_page_lines(), ""])


def yaml(value: Any) -> str:
    return "\n".join([*_yaml_lines(value, ""), ""])


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "asyncapi.yaml").write_text(yaml(document()), encoding="utf-8")
    (folder / "reference.md").write_text(page(), encoding="utf-8")


def _name(topic: Topic[Any]) -> str:
    words = [word for word in topic.template.split("/")[2:] if not word.startswith("{branch")]
    return "-".join(word.strip("{}") for word in words)


def _plain(name: str) -> str:
    return name.replace("[", "_").replace("]", "_")


def _model(topic: Topic[Any]) -> str:
    return _plain(topic.model.__name__)


def _channel(topic: Topic[Any]) -> dict[str, Any]:
    return {
        "address": topic.template,
        "description": topic.about,
        "parameters": {place: {"description": PLACES[place]} for place in topic.places},
        "messages": {_model(topic): {"$ref": f"#/components/messages/{_model(topic)}"}},
    }


def _operation(topic: Topic[Any], name: str) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": f"By the {topic.publisher}. {topic.about}",
        "channel": {"$ref": f"#/channels/{name}"},
        "bindings": {"mqtt": {"qos": topic.qos, "retain": topic.retain}},
    }


def _message(topic: Topic[Any]) -> dict[str, Any]:
    return {"name": _model(topic), "payload": {"$ref": SCHEMAS.format(model=_model(topic))}}


def _page_lines() -> Iterator[str]:
    yield "# Powerhall over MQTT"
    yield ""
    yield "Printed from the table in `server/contract/topics.py`; change it there."
    yield "Ids are `[a-z0-9-]{1,32}`. A device publishes only below `device/` and its own id."
    yield "Payloads are JSON in UTF-8; an empty payload on a retained topic means that the thing is no more."
    yield from A_PAD.rstrip().split("\n")
    for topic in TABLE:
        yield from _topic_lines(topic)
    yield from _shape_lines()


def _topic_lines(topic: Topic[Any]) -> Iterator[str]:
    kept = "retained" if topic.retain else "not retained"
    yield ""
    yield f"## `{topic.template}`"
    yield ""
    yield f"{topic.about} Published by the {topic.publisher}, QoS {topic.qos}, {kept}, at most {topic.max_bytes} bytes."
    yield from _field_lines(topic.model.model_json_schema())


def _shape_lines() -> Iterator[str]:
    """What fields of messages are made of."""
    parts = {name: part for topic in TABLE for name, part in topic.model.model_json_schema().get("$defs", {}).items()}
    for name, part in sorted(parts.items()):
        yield ""
        yield f"## {name}"
        yield from _field_lines(part) if "properties" in part else ("", f"One of {', '.join(part['enum'])}.")


def _field_lines(schema: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "| field | type | must be there |"
    yield "|---|---|---|"
    for field, shape in schema["properties"].items():
        must = "yes" if field in schema.get("required", []) else ""
        yield f"| `{field}` | {_type(shape)} | {must} |"


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in shape:
        return " or ".join(_type(choice) for choice in shape["anyOf"])
    if "const" in shape:
        return json.dumps(shape["const"])
    if shape.get("type") == "array":
        return f"list of {_type(shape.get('items', {}))}"
    return str(shape.get("format") or shape.get("type", "any"))


def _yaml_lines(value: Any, indent: str) -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in pairs:
        head = f"{indent}-" if key is None else f"{indent}{json.dumps(key)}:"
        if isinstance(item, dict | list) and item:
            yield head
            yield from _yaml_lines(item, indent + "  ")
        else:
            yield f"{head} {json.dumps(item, ensure_ascii=False)}"


if __name__ == "__main__":
    write()
