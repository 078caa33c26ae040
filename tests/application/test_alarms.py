"""An alarm stands from when it was first seen until what raised it is solved."""

from datetime import UTC, datetime, timedelta

from server.application.alarms import Alarm, Alarms

AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def test_an_alarm_keeps_its_beginning_and_ends_when_solved() -> None:
    now, wrong = [AT], [Alarm("flood", ("pad-7",))]
    alarms = Alarms(lambda: now[0])
    alarms.watch(lambda: wrong)
    assert [(one.cause, one.since, one.names) for one in alarms.standing()] == [("flood", AT, ["pad-7"])]

    now[0] += timedelta(minutes=5)
    wrong.append(Alarm("disk-nearly-full"))
    assert [(one.cause, one.since) for one in alarms.standing()] == [("disk-nearly-full", now[0]), ("flood", AT)]

    wrong.clear()
    assert alarms.standing() == []
    wrong.append(Alarm("flood"))
    assert [one.since for one in alarms.standing()] == [now[0]]
