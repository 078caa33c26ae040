from server.link.circuit import Circuit


def test_circuit_lets_all_through_until_the_first_failure() -> None:
    now = [100.0]
    circuit = Circuit(2.0, lambda: now[0])

    assert [circuit.allows(), circuit.allows()] == [True, True]

    circuit.failed()

    assert not circuit.allows()
    assert circuit.is_open


def test_open_circuit_lets_one_probe_an_interval_through() -> None:
    now = [100.0]
    circuit = Circuit(2.0, lambda: now[0])
    circuit.failed()

    now[0] = 102.0

    assert [circuit.allows(), circuit.allows()] == [True, False]

    now[0] = 104.0

    assert circuit.allows()


def test_success_closes_the_circuit() -> None:
    circuit = Circuit(2.0, lambda: 100.0)
    circuit.failed()

    circuit.succeeded()

    assert [circuit.allows(), circuit.is_open] == [True, False]
