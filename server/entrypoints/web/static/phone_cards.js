// What a ticket's page tells in each state. A wait is a range beside people ahead and clock time, never one number.
import { el, icon } from "./dom.js";
import { told } from "./telling.js";
import { clock, minutes, named, say } from "./words.js";

const APPROXIMATE_AFTER_S = 30;
const UNKNOWN_AFTER_S = 15 * 60;
const MOVED_MS = 2 * 60 * 1000;
const SCALE_MIN = 20;

const groups = JSON.parse(document.getElementById("groups").textContent);
const services = new Map(groups.flatMap((group) => group.services.map((service) => [service.id, service])));
const { reception, returnMinutes } = document.body.dataset;
const serviceName = (view) => named(services.get(view.service)?.name) || view.service;

const card = (...children) => el("section", { class: "card" }, ...children);
const tip = (name, heading, words, ...more) =>
  el("section", { class: "card tip" }, icon(name, 30), el("div", {}, el("h2", {}, heading), words ? el("p", {}, words) : null, ...more));
const at = (range, seconds) => new Date(range.as_of).getTime() + seconds * 1000;

// The two times of a range stay on one line.
function span(range) {
  const { low, high } = told(range);
  return { low: `${clock(at(range, low * 60))}\u2060`, high: `\u2060${clock(at(range, high * 60))}` };
}

// The forecast to be shown: a new one only when it moves by two minutes.
export function next(shown, view) {
  const heard = view.forecast;
  if (heard === null || shown === null) return heard;
  const moved = ["low_s", "high_s"].some((edge) => Math.abs(at(heard, heard[edge]) - at(shown, shown[edge])) >= MOVED_MS);
  return moved ? heard : shown;
}

export function head(view) {
  const below = {
    called: () => say("phone.your_turn", { counter: view.counter }),
    serving: () => say("phone.at_counter", { service: serviceName(view), counter: view.counter }),
  }[view.state];
  return [view.number, below ? below() : say("phone.taken", { service: serviceName(view), time: clock(view.issued_at) })];
}

export function cards(view, scene) {
  const made = { expected, waiting, delayed, held, called, missed, serving, closed }[view.state];
  return made(view, scene);
}

function steps(now) {
  return card(
    el(
      "ol",
      { class: "steps" },
      ["taken", "wait", "counter", "done"].map((name, index) => {
        const place = index < now ? "past" : index === now ? "present" : "";
        const mark = el("i", {}, index < now ? icon("check", 15, 3.5) : null);
        return el("li", { class: place, "aria-current": index === now ? "step" : null }, mark, say(`phone.step_${name}`));
      }),
    ),
  );
}

function documents(view) {
  const needed = services.get(view.service)?.documents ?? [];
  if (needed.length === 0) return tip("document", say("phone.no_documents"));
  const items = needed.map((one) => el("li", {}, one.optional ? say("phone.document_optional", { name: named(one.name) }) : named(one.name)));
  return tip("document", say("phone.documents"), null, el("ul", { class: "papers" }, items));
}

function waiting(view, scene) {
  return [wait(view, scene), steps(1), reminder(scene), documents(view)];
}

function wait(view, { shown, now, age }) {
  if (age > UNKNOWN_AFTER_S) return card(el("p", { class: "unknown" }, say("phone.wait_unknown")));
  const ahead = view.ahead === null ? null : el("div", { class: "ahead" }, el("span", {}, say("phone.ahead")), el("b", {}, say("phone.people", { n: view.ahead })));
  if (shown === null) {
    return card(el("div", { class: "row" }, el("p", { class: "unknown" }, say("phone.wait_unknown")), ahead));
  }
  const passed = (now - new Date(shown.as_of).getTime()) / 1000;
  const left = { low_s: Math.max(0, shown.low_s - passed), high_s: Math.max(0, shown.high_s - passed), likely_s: Math.max(0, shown.likely_s - passed) };
  const [figures, unit] = minutes(left).split("\u00a0");
  const label = age > APPROXIMATE_AFTER_S ? say("phone.wait_as_of", { time: clock(now - age * 1000) }) : say("phone.wait");
  const range = el("div", {}, el("div", { class: "label" }, label), el("div", { class: "range" }, figures, el("small", {}, unit ?? "")));
  const slower = view.promise !== null && at(shown, shown.likely_s) > at(view.promise, view.promise.high_s);
  return card(
    el("div", { class: "row" }, range, ahead),
    band(left, now),
    el("p", { class: "when" }, say(slower ? "phone.when_slower" : "phone.when", span(shown))),
  );
}

function band(left, now) {
  const scale = Math.max(SCALE_MIN, Math.ceil(left.high_s / 60 / SCALE_MIN) * SCALE_MIN) * 60;
  const place = (seconds) => `${(100 * seconds) / scale}%`;
  const range = el("i");
  range.style.left = place(left.low_s);
  range.style.width = place(Math.max(scale / 50, left.high_s - left.low_s));
  const stroke = el("u");
  stroke.style.left = place(left.likely_s);
  const ticks = [say("phone.now", { time: clock(now) }), clock(now + scale * 500), clock(now + scale * 1000)];
  return el("div", { "aria-hidden": "true" }, el("div", { class: "band" }, range, stroke), el("div", { class: "ticks" }, ticks.map((words) => el("span", {}, words))));
}

function reminder({ remind }) {
  if (navigator.vibrate === undefined) return tip("bell", say("phone.watch"), say("phone.keep_open"));
  if (navigator.userActivation?.hasBeenActive) return tip("bell", say("phone.buzz_on"), say("phone.keep_open"));
  const turnOn = (event) => {
    remind([120]);
    event.currentTarget.closest("section").replaceWith(tip("bell", say("phone.buzz_on"), say("phone.keep_open")));
  };
  return tip("bell", say("phone.buzz"), null, el("button", { type: "button", class: "small", onclick: turnOn }, say("phone.buzz_do")));
}

function called(view) {
  const [before, after] = say("phone.go_to", { counter: "\u0000" }).split("\u0000");
  return [
    el("section", { class: "card go" }, el("p", {}, before.trim()), el("div", { class: "counter" }, el("b", {}, String(view.counter)), el("span", {}, after.trim())), el("p", { class: "when" }, say("phone.called_at", { time: clock(view.called_at) })), view.promise && el("p", {}, say("phone.called_told", span(view.promise)))),
    tip("clock", say("phone.come_now"), say("phone.come_how", { minutes: returnMinutes, counter: reception })),
    documents(view),
  ];
}

function serving(view) {
  return [card(el("h2", {}, say("phone.serving", { counter: view.counter })), el("p", {}, say("phone.serving_how"))), steps(2)];
}

function missed(view) {
  const words = say("phone.missed_how", { time: clock(view.return_until), counter: reception });
  return [tip("warning", say("phone.missed"), words), steps(1), documents(view)];
}

function delayed(view) {
  return [tip("clock", say("phone.delayed"), say("phone.delayed_how", { time: clock(view.delayed_until) })), steps(1), documents(view)];
}

function held(view) {
  return [tip("clock", say("phone.held"), say("phone.held_how", { time: clock(view.delayed_until) })), steps(2)];
}

function expected(view) {
  return [tip("clock", say("phone.expected"), say("phone.expected_how")), documents(view)];
}

function closed(view) {
  const how = view.closed_as ?? "finished";
  if (how === "finished") return [card(el("h2", {}, say("phone.finished")), el("p", {}, say("phone.finished_how")))];
  return [tip("warning", say(`phone.${how}`), say("phone.ended_how"))];
}
