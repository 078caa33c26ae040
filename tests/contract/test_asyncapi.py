import yaml

from server.contract.asyncapi import FOLDER, document, page
from server.contract.asyncapi import yaml as as_yaml
from server.contract.topics import TABLE


def test_reference_is_current() -> None:
    assert (FOLDER / "asyncapi.yaml").read_text(encoding="utf-8") == as_yaml(document())
    assert (FOLDER / "reference.md").read_text(encoding="utf-8") == page()


def test_yaml_says_the_same_as_the_document() -> None:
    assert yaml.safe_load(as_yaml(document())) == document()


def test_document_has_every_topic_once_and_no_loose_reference() -> None:
    made = document()

    assert sorted(channel["address"] for channel in made["channels"].values()) == sorted(t.template for t in TABLE)
    assert loose(made, made) == []


def loose(value: object, root: dict[str, object]) -> list[str]:
    if isinstance(value, list):
        return [ref for item in value for ref in loose(item, root)]
    if not isinstance(value, dict):
        return []
    found = [ref for item in value.values() for ref in loose(item, root)]
    ref = value.get("$ref")
    if isinstance(ref, str):
        target: object = root
        for step in ref.removeprefix("#/").split("/"):
            target = target.get(step) if isinstance(target, dict) else None
        found += [ref] if target is None else []
    return found
