"""A mapping whose copies share what has not changed."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.layers import MOST_OVER, Layers

CHANGES = st.lists(st.tuples(st.integers(0, 3 * MOST_OVER), st.integers() | st.none()), max_size=4 * MOST_OVER)


@given(CHANGES)
def test_it_reads_as_a_dict_that_went_through_the_same_changes(changes: list[tuple[int, int | None]]) -> None:
    layers, plain = Layers[int, int](), dict[int, int]()
    for key, value in changes:
        if value is None:
            layers = layers.without(key)
            plain.pop(key, None)
        else:
            layers = layers.put(key, value)
            plain[key] = value
        assert layers.get(key) == plain.get(key)
        assert (key in layers) == (key in plain)

    assert layers == plain
    assert len(layers) == len(plain)
    assert sorted(layers.values()) == sorted(plain.values())


def test_a_copy_leaves_what_it_came_from() -> None:
    first = Layers({"a": 1})

    second = first.put("a", 2).put("b", 3)
    third = second.without("a")

    assert [dict(each) for each in (first, second, third)] == [{"a": 1}, {"a": 2, "b": 3}, {"b": 3}]


def test_what_came_first_stays_first() -> None:
    layers = Layers[int, str]()
    for key in range(200):
        layers = layers.put(key, "")

    assert [*layers.put(7, "again")] == [*range(200)]
