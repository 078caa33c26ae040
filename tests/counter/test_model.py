"""The desk's view-model over a hall in memory: acts, double presses, lost answers, outages, crashes."""

from collections.abc import Callable
from typing import Any

from counter.desk import Act, Key, Stage
from counter.panel_looks import not_taken
from counter.phrases import phrase
from counter.requests import TransferTo
from counter.sending import REFUSED
from server.contract.words import CounterState, HoldReason, Outcome, PauseReason, TicketState


def open_counter(post: Any) -> None:
    post.model.press(Key.PAUSE)


def serve_first(post: Any) -> None:
    """Opens, calls A018 and starts."""
    for key in (Key.PAUSE, Key.NEXT, Key.START):
        post.model.press(key)


def test_a_visit_by_keys(post: Any, qtbot: Any) -> None:
    with qtbot.waitSignal(post.model.changed):
        open_counter(post)
    for key in (Key.NEXT, Key.RECALL, Key.START, Key.FINISH):
        with qtbot.waitSignal(post.model.changed):
            post.model.press(key)

    assert post.hall.acts() == ["open", "next", "recall", "start", "finish"]
    assert post.hall.records["T-A018", 1]["outcome"] is Outcome.DONE
    assert post.model.situation().stage is Stage.IDLE


def test_a_double_press_makes_one_act(post: Any) -> None:
    open_counter(post)
    post.worker.held = True
    post.model.press(Key.NEXT)
    post.model.press(Key.NEXT)
    post.worker.release()

    assert post.hall.acts() == ["open", "next"]


def test_a_lost_answer_is_asked_again_with_the_same_id(post: Any) -> None:
    open_counter(post)
    post.hall.lose_answer = True
    post.model.press(Key.NEXT)
    assert post.model.refusal.key == "refused.outcome-unknown"
    post.model.press(Key.NEXT)

    ids = [sent["request_id"] for act, sent in post.hall.asked if act == "next"]
    assert (len(ids), len(set(ids))) == (2, 1)
    assert post.model.situation().current.number == "A018"


def test_a_refusal_stays_six_seconds(post: Any, story: Any) -> None:
    post.show(story.desk_view(rev=20, waiting=[]))
    post.model.press(Key.NEXT)
    assert post.model.refusal.key == "refused.nobody-waiting-mean"
    post.later(5.9)
    assert post.model.refusal is not None
    post.later(0.2)
    assert post.model.refusal is None


def test_the_age_of_the_data_runs_where_no_timer_runs(post: Any, qtbot: Any) -> None:
    assert post.model.situation().stage is Stage.CLOSED
    with qtbot.waitSignal(post.model.changed):
        post.later(1)
    assert post.model.data_age_s() == 1


def test_a_grey_key_says_why(post: Any) -> None:
    post.model.press(Key.NEXT)
    assert (post.hall.acts(), post.model.refusal.key) == ([], "refused.counter-closed")


def test_an_older_view_is_dropped(post: Any, story: Any) -> None:
    post.model.receive(story.desk_view(rev=30))
    post.model.receive(story.desk_view(rev=29, waiting=[]))
    assert len(post.model.view.waiting) == 5


def test_transfer_needs_a_note_and_calls_the_next(post: Any) -> None:
    serve_first(post)
    post.model.transfer(TransferTo(service="tar"))
    assert post.model.refusal.key == "refused.note-missing"
    post.model.edit(handover="过户已办好。")
    post.model.transfer(TransferTo(service="tar"))

    assert post.hall.acts()[-2:] == ["transfer", "next"]
    sent = post.hall.asked[-2][1]
    assert (sent["note"], sent["service"], sent["return_to_sender"]) == ("过户已办好。", "tar", False)
    assert post.model.situation().current.number == "A021"
    assert post.model.draft.handover == ""


def test_hold_and_bring_back(post: Any) -> None:
    serve_first(post)
    post.model.hold(HoldReason.DOCUMENTS, 20)
    assert post.hall.view.held
    post.model.revive("T-A013")
    assert post.hall.acts()[-2:] == ["hold", "revive"]


def test_pause_locks_and_signing_in_resumes(post: Any, qtbot: Any) -> None:
    open_counter(post)
    with qtbot.waitSignal(post.model.locked):
        post.model.pause(PauseReason.MEAL)
    post.model.press(Key.PAUSE)
    assert post.hall.view.state is CounterState.PAUSED
    post.model.sign_in("1023", None)
    assert post.hall.acts()[-1] == "resume"
    assert post.model.situation().stage is Stage.IDLE


def test_a_revoked_session_asks_for_the_pin(post: Any, qtbot: Any) -> None:
    post.hall.revoked = True
    with qtbot.waitSignal(post.model.locked):
        open_counter(post)


def test_a_pause_whose_answer_is_lost_locks_as_soon_as_it_is_seen(post: Any) -> None:
    open_counter(post)
    post.hall.lose_answer = True
    post.model.pause(PauseReason.MEAL)
    assert (post.model.refusal.key, post.model.is_locked) == ("refused.outcome-unknown", False)
    post.model.receive(post.hall.view)
    assert (post.model.is_locked, post.model.refusal) == (True, None)


def test_a_late_answer_to_pause_does_not_lock_whoever_signed_in_since(post: Any) -> None:
    open_counter(post)
    post.worker.held = True
    post.model.pause(PauseReason.MEAL)
    post.model.lock()
    post.hall.token = "of the new sign-in"
    post.model.sign_in("1023", None)
    post.worker.release()
    assert (post.model.situation().stage, post.model.is_locked) == (Stage.PAUSED, False)


def test_a_late_refusal_of_an_old_session_does_not_lock_whoever_signed_in_since(post: Any) -> None:
    open_counter(post)
    post.line(False)
    post.model.call_by_voice("A021")
    post.model.press(Key.FINISH)
    post.worker.held, post.hall.revoked = True, True
    post.line(True)
    post.model.press(Key.PAUSE)
    post.model.pause(PauseReason.MEAL)
    post.model.lock()
    post.hall.token = "of the new sign-in"
    post.model.sign_in("1023", None)
    post.worker.release()
    assert not post.model.is_locked


def test_closing_the_counter_signs_out(post: Any, qtbot: Any) -> None:
    open_counter(post)
    with qtbot.waitSignal(post.model.signed_out):
        post.model.do(Act.CLOSE)
    assert (post.model.staff, post.hall.token) == (None, "machine")


def test_an_edited_record_must_be_saved_before_the_next(post: Any) -> None:
    serve_first(post)
    post.model.press(Key.FINISH)
    post.model.edit(note="户号补记")
    post.model.press(Key.NEXT)
    assert post.model.refusal.key == "refused.unsaved"
    post.model.press(Key.FINISH)
    assert post.hall.records["T-A018", 1]["note"] == "户号补记"
    post.model.press(Key.NEXT)
    assert post.model.situation().current.number == "A021"


def test_what_was_typed_while_finish_was_under_way_must_still_be_saved(post: Any) -> None:
    serve_first(post)
    post.worker.held = True
    post.model.press(Key.FINISH)
    post.model.edit(note="户号补记")
    post.worker.release()
    assert post.model.situation().unsaved.note == "户号补记"
    post.model.press(Key.FINISH)
    assert (post.hall.records["T-A018", 1]["note"], post.model.situation().unsaved) == ("户号补记", None)


def test_a_record_typed_before_a_transfer_is_sent_with_it(post: Any) -> None:
    serve_first(post)
    post.model.edit(note="只差签字", handover="请核对户号")
    post.model.transfer(TransferTo(service="tar"))
    assert post.hall.records["T-A018", 1]["note"] == "只差签字"
    assert (post.model.adoption.away.pending, post.model.draft.number) == (0, "A021")


def test_finish_away_is_kept_and_adopted_once(post: Any) -> None:
    serve_first(post)
    post.line(False)
    post.model.edit(note="断线时办完")
    post.model.press(Key.FINISH)
    assert (post.model.adoption.away.pending, post.model.situation().stage) == (1, Stage.IDLE)
    assert post.hall.records == {}

    post.line(True)
    assert post.hall.records["T-A018", 1]["note"] == "断线时办完"
    assert (post.model.adoption.away.pending, post.hall.acts().count("finish")) == (0, 1)


def test_finish_whose_answer_was_lost_is_finished_once(post: Any) -> None:
    serve_first(post)
    post.hall.lose_answer = True
    post.model.press(Key.FINISH)

    ids = [sent["request_id"] for act, sent in post.hall.asked if act == "finish"]
    assert (len(ids), len(set(ids))) == (2, 1)
    assert post.model.adoption.away.pending == 0


def test_a_called_customer_served_away_goes_in_as_served_offline(post: Any) -> None:
    open_counter(post)
    post.model.press(Key.NEXT)
    post.line(False)
    post.model.press(Key.START)
    assert post.model.situation().stage is Stage.SERVING
    post.later(240)
    post.model.press(Key.FINISH)
    post.line(True)

    act, sent = post.hall.asked[-1]
    took = (sent["finished_at"] - sent["started_at"]).total_seconds()
    assert (act, sent["number"], took) == ("served-offline", "A018", 240)


def test_one_started_away_and_still_here_is_started_when_the_line_returns(post: Any) -> None:
    open_counter(post)
    post.model.press(Key.NEXT)
    post.line(False)
    post.model.press(Key.START)
    post.line(True)
    post.model.receive(post.hall.view)

    assert post.hall.acts()[-1] == "start"
    assert post.model.situation().current.state is TicketState.SERVING


def test_called_by_voice_away(post: Any) -> None:
    open_counter(post)
    post.line(False)
    post.model.call_by_voice("A021")
    assert post.model.draft.service_done == "new"
    post.model.press(Key.FINISH)
    assert post.model.situation().stage is Stage.IDLE
    post.line(True)

    assert (post.hall.acts()[-1], post.hall.asked[-1][1]["number"]) == ("served-offline", "A021")


def test_a_number_that_is_none_is_not_taken(post: Any) -> None:
    open_counter(post)
    post.line(False)
    post.model.call_by_voice("18")
    assert (post.model.situation().stage, post.model.refusal.key) == (Stage.IDLE, "calling.bad")


def test_typed_text_outlives_a_crash(make_post: Callable[..., Any]) -> None:
    first = make_post()
    serve_first(first)
    first.model.edit(note="原户主已补签，户号")
    first.model.edit(handover="请核对户号")
    again = make_post(hall=first.hall)

    assert again.model.situation().stage is Stage.SERVING
    assert (again.model.draft.note, again.model.draft.handover) == ("原户主已补签，户号", "请核对户号")


def test_what_was_kept_outlives_a_crash_while_away(make_post: Callable[..., Any]) -> None:
    first = make_post()
    serve_first(first)
    first.line(False)
    first.model.press(Key.FINISH)
    again = make_post(hall=first.hall, signed=False)
    assert again.model.adoption.away.pending == 1
    first.hall.away = False
    again.model.sign_in("1023", None)

    assert first.hall.acts().count("finish") == 1
    assert again.model.adoption.away.pending == 0


def test_a_kept_record_the_server_will_not_take_is_set_aside(post: Any, story: Any, expected_logs: Any) -> None:
    expected_logs.expect("did not take a kept act")
    open_counter(post)
    post.line(False)
    post.model.call_by_voice("A777")
    post.model.press(Key.FINISH)
    post.hall._decide = lambda *_: (_ for _ in ()).throw(story.refused("unknown-ticket", 404))
    post.line(True)

    assert post.model.adoption.away.pending == 0
    assert len(post.outbox.pending(REFUSED)) == 1
    assert post.model.refusal.key == "refused.kept"


def test_what_the_server_did_not_take_is_listed_until_it_was_dealt_with(
    post: Any, make_post: Callable[..., Any], story: Any, expected_logs: Any
) -> None:
    expected_logs.expect("did not take a kept act")
    open_counter(post)
    post.line(False)
    post.model.call_by_voice("A777")
    post.model.press(Key.FINISH)
    post.hall._decide = lambda *_: (_ for _ in ()).throw(story.refused("unknown-ticket", 404))
    post.line(True)
    (line,) = not_taken(make_post(hall=post.hall).model.adoption.not_taken)
    assert (line.number, line.title, line.reason) == ("A777", phrase("key.finish"), phrase("refused.unknown-ticket"))

    post.model.deal_with(line.ticket)

    assert post.model.adoption.not_taken == ()
    assert make_post(hall=post.hall).model.adoption.not_taken == ()


def test_a_chosen_customer_is_called_out_of_order_with_a_reason(post: Any, story: Any) -> None:
    open_counter(post)
    pages: list[str] = []
    post.model.page_wanted.connect(pages.append)
    post.model.choose("T-A019")
    post.model.call("  ")
    assert (pages, post.model.refusal.key) == (["call"], "refused.reason-needed")

    post.model.call("孩子在车里等")

    act, sent = post.hall.asked[-1]
    assert (act, sent["ticket"], sent["expect"], sent["reason"]) == ("call", "T-A019", None, "孩子在车里等")
    assert post.model.view.current.number == "A019"
    assert pages == ["call", "main"]


def test_nobody_is_chosen_while_a_customer_is_here_or_a_record_unsaved(post: Any, story: Any) -> None:
    serve_first(post)
    post.model.choose("T-A019")
    assert post.model.refusal.key == "refused.finish-first"
    post.model.press(Key.FINISH)
    post.model.edit(note="只差签字")
    post.model.choose("T-A019")
    assert post.model.refusal.key == "refused.unsaved"
    assert "call" not in post.hall.acts()


def test_a_customer_is_put_back_before_and_while_being_served(post: Any, story: Any) -> None:
    for state in (TicketState.CALLED, TicketState.SERVING):
        post.show(story.desk_view(rev=post.hall.view.stamp.rev + 1, current=story.current(state, 20)))
        post.model.do(Act.RETURN)
        assert (post.hall.acts()[-1], post.model.view.current, post.model.draft) == ("return", None, None)


def test_a_record_typed_for_one_who_was_taken_elsewhere_is_still_sent(post: Any, story: Any) -> None:
    serve_first(post)
    post.model.edit(note="只差签字")
    gone = post.hall.view.model_copy(
        update={
            "stamp": post.hall.view.stamp.model_copy(update={"rev": 90}),
            "current": story.current(TicketState.CALLED, 1),
        }
    )
    post.show(gone)
    post.later(6)

    assert post.hall.records["T-A018", 1]["note"] == "只差签字"
    assert post.model.draft.number == "A017"
