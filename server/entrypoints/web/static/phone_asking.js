// What a ticket's page asks: come later, give up, how it was. Nothing is sent without a second tap; drafts survive updates.
import { el, fill, icon } from "./dom.js";
import { say } from "./words.js";

const CHOICES_MIN = [5, 10, 15, 20, 30, 45, 60];
const UNDO_S = 10;
const GIVE_UP_FROM = new Set(["expected", "waiting", "delayed", "called", "missed", "held"]);
const GOOD = ["quick", "clear", "friendly", "one_visit", "other"];
const BAD = ["waited", "unclear", "attitude", "two_visits", "not_done", "other"];

const requestId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const button = (kind, words, onclick, mark) => el("button", { type: "button", class: kind, onclick }, mark ? icon(mark, 22, 2.2) : null, words);

// `act`, `rate` -> {outcome: done|refused|away, answer}; `take(ticket)`: a newer view came with the answer.
export function asking(part, { act, rate, take }) {
  let view = null;
  let step = "offer";
  let drawn = "";
  let countdown = null;

  function to(next) {
    clearInterval(countdown);
    step = next;
    drawn = "";
    draw();
    part.scrollIntoView({ block: "end" });
  }

  function show(next) {
    if (view !== null && next.state !== view.state && step !== "rated") {
      clearInterval(countdown);
      step = "offer";
    }
    view = next;
    draw();
  }

  function draw() {
    const rates = view.closed_as === "finished" && view.rating_window !== null && !view.rated;
    const kind = step === "rated" ? "rated" : rates ? "rating" : GIVE_UP_FROM.has(view.state) ? step : "none";
    const key = [kind, view.state, view.may_delay].join();
    if (key === drawn) return;
    drawn = key;
    const made = { offer, delay, sure, undo, rating, rated, none: () => [] }[kind];
    fill(part, ...made());
  }

  function offer() {
    const later = view.may_delay ? button("plain", say("phone.later"), () => to("delay"), "clock") : null;
    return [el("div", { class: later ? "two" : "one" }, later, button("plain leave", say("phone.leave"), () => to("sure"), "cross"))];
  }

  function form(heading, words, ...more) {
    const problem = el("p", { class: "problem", role: "alert", hidden: true });
    const made = el("section", { class: "card ask" }, el("h2", {}, heading), words ? el("p", {}, words) : null, ...more, problem);
    made.tell = (key) => {
      problem.textContent = say(key);
      problem.hidden = false;
    };
    return made;
  }

  // One request id for all repetitions of one act.
  async function sendOnce(ask, presser, tell) {
    presser.disabled = true;
    const { outcome, answer } = await ask();
    presser.disabled = false;
    if (outcome === "done") return answer;
    tell(outcome === "away" ? "phone.not_sent" : "phone.refused");
    return null;
  }

  function delay() {
    const id = requestId();
    const radios = CHOICES_MIN.map((n) => el("label", { class: "choice" }, el("input", { type: "radio", name: "minutes", value: n, checked: n === 15 }), el("span", {}, say("phone.minutes", { n }))));
    const go = button("primary", say("phone.later_do"), async () => {
      const minutes = Number(part.querySelector("[name=minutes]:checked").value);
      const ticket = await sendOnce(() => act("delay", { request_id: `${id}-${minutes}`, minutes }), go, card.tell);
      if (ticket !== null) take(ticket);
    });
    const back = button("plain", say("phone.back"), () => to("offer"));
    const card = form(say("phone.later_title"), say("phone.later_how"), el("div", { class: "choices", role: "radiogroup", "aria-label": say("phone.later_title") }, radios), el("div", { class: "two" }, back, go));
    return [card];
  }

  function sure() {
    const leave = button("plain leave", say("phone.leave_do"), () => to("undo"));
    const stay = button("primary", say("phone.stay"), () => to("offer"));
    return [form(say("phone.leave_title"), say("phone.leave_how"), el("div", { class: "two" }, leave, stay))];
  }

  function undo() {
    const id = requestId();
    let left = UNDO_S;
    const words = el("p", { role: "timer" }, say("phone.leaving", { n: left }));
    const stay = button("primary", say("phone.undo"), () => to("offer"));
    const card = form(say("phone.leaving_title"), null, words, stay);
    const cancel = async () => {
      const ticket = await sendOnce(() => act("cancel", { request_id: id }), stay, card.tell);
      if (ticket !== null) take(ticket);
      else words.hidden = true;
    };
    countdown = setInterval(() => {
      left -= 1;
      words.textContent = say("phone.leaving", { n: left });
      if (left > 0) return;
      clearInterval(countdown);
      cancel();
    }, 1000);
    return [card];
  }

  function rating() {
    const id = requestId();
    const reasons = el("div", { class: "reasons", hidden: true });
    const send = button("primary", say("phone.rate_do"), async () => {
      const score = Number(part.querySelector("[name=score]:checked").value);
      const chosen = [...reasons.querySelectorAll(":checked")].map((box) => box.value);
      const text = part.querySelector("textarea").value.trim();
      const body = { request_id: id, window: view.rating_window, score, reasons: chosen, text };
      const answer = await sendOnce(() => rate(body), send, card.tell);
      if (answer !== null) to("rated");
    });
    send.disabled = true;
    const choose = (event) => {
      send.disabled = false;
      explain(reasons, Number(event.target.value));
    };
    const faces = [5, 4, 3, 2, 1].map((score) =>
      el("label", { class: "face" }, el("input", { type: "radio", name: "score", value: score, onchange: choose }), icon(`face${score}`, 36, 1.8), el("span", {}, say(`score.${score}`))),
    );
    const card = form(say("phone.rate_title"), null, el("div", { class: "faces", role: "radiogroup", "aria-label": say("phone.rate_title") }, faces), reasons, send, el("p", { class: "once" }, say("phone.rate_once")));
    return [card];
  }

  function rated() {
    return [el("section", { class: "card tip" }, icon("tick", 30), el("div", {}, el("h2", {}, say("phone.rated")), el("p", {}, say("phone.rated_how"))))];
  }

  function hide() {
    clearInterval(countdown);
    fill(part);
  }

  return { show, hide };
}

function explain(reasons, score) {
  const good = score >= 4;
  const text = reasons.querySelector("textarea")?.value ?? "";
  if (reasons.dataset.good === String(good)) return;
  reasons.dataset.good = String(good);
  reasons.hidden = false;
  const box = el("textarea", { maxlength: 500, rows: 3, "aria-label": say("phone.rate_text"), placeholder: say("phone.rate_text") });
  box.value = text;
  fill(
    reasons,
    el("h3", {}, say(good ? "phone.rate_good" : "phone.rate_bad")),
    el("p", {}, say("phone.rate_any")),
    el("div", { class: "chips" }, (good ? GOOD : BAD).map((name) => el("label", { class: "chip" }, el("input", { type: "checkbox", value: name }), el("span", {}, say(`reason.${name}`))))),
    box,
  );
}
