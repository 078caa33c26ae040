// The hall display: the number being called, the last ones, the waits. Calls queue; none overwrites another.
import { el, fill, icon } from "./dom.js";
import { live } from "./live.js";
import { voice } from "./voice.js";
import { clock, minutes, named, say } from "./words.js";

const SHOW_AT_LEAST_MS = 6000;
const YELLOW_MS = 26000; // 6 s of flash, then 20 s steady
const STRIP_PAGE_MS = 8000;
const LATE = 1.0;

const page = document.querySelector(".display");
const callPart = page.querySelector(".call");
const lastList = page.querySelector(".last ul");
const clockPart = page.querySelector(".last h2 b");
const queuesPart = page.querySelector(".queues");
const strip = page.querySelector(".strip");
const groups = JSON.parse(document.getElementById("groups").textContent);

let view = null;
let fresh = true;
let hallMinusMachine = 0;
let shown = null;
let shownAt = -Infinity;
let locked = false;
const pending = [];
const seen = new Map();

const groupOf = new Map(groups.flatMap((group) => group.services.map((service) => [service.id, group])));
const serviceName = new Map(groups.flatMap((group) => group.services.map((service) => [service.id, service.name])));

function hear(next) {
  const first = view === null;
  view = next;
  hallMinusMachine = new Date(view.stamp.as_of).getTime() - Date.now();
  const called = [...view.calls].reverse().filter((call) => {
    const before = seen.get(call.seq);
    seen.set(call.seq, call.times);
    return (before === undefined || before < call.times) && call.active && !(first && call !== view.calls[0]);
  });
  const still = pending.filter((call) => !called.some((again) => again.seq === call.seq) && standing(call));
  pending.splice(0, pending.length, ...still, ...called);
  speaker?.hear(called, view.calls.filter((call) => !call.active).map((call) => call.number));
  for (const seq of seen.keys()) if (!view.calls.some((call) => call.seq === seq)) seen.delete(seq);
  if (shown === null && pending.length === 0 && view.calls.length > 0) shown = view.calls[0];
  step();
  draw();
}

// Whether its customer is still awaited, as far as is known: only the newest calls are told.
const standing = (call) => view.calls.find((told) => told.seq === call.seq)?.active ?? true;

function step() {
  if (pending.length > 0 && performance.now() - shownAt >= SHOW_AT_LEAST_MS) {
    shown = pending.shift();
    shownAt = performance.now();
    callPart.classList.remove("flash");
    void callPart.offsetWidth;
    callPart.classList.add("flash");
    drawCall();
    drawLast();
  }
  const shownFor = performance.now() - shownAt;
  callPart.classList.toggle("now", fresh && shownFor < YELLOW_MS && (shownFor < SHOW_AT_LEAST_MS || standing(shown)));
}

function draw() {
  drawCall();
  drawLast();
  drawQueues();
  drawStrip();
  page.classList.toggle("stale", !fresh);
}

function drawCall() {
  if (shown === null) {
    fill(callPart, el("p", { class: "quiet" }, quiet()));
    return;
  }
  const head = fresh
    ? el("b", {}, icon("bell", 76, 2.2), say("display.calling"))
    : el("b", {}, icon("stale", 76, 2.2), say("display.called_at", { time: clock(shown.at) }));
  const [before, after] = say("display.go_to", { counter: "\u0000" }).split("\u0000");
  fill(
    callPart,
    el("header", {}, head, el("span", {}, named(serviceName.get(shown.service)))),
    el("div", { class: "number" }, shown.number),
    el("div", { class: "to" }, before.trim(), el("span", { class: "box" }, String(shown.counter)), after.trim()),
  );
}

// What stands in the place of a call while there is none.
function quiet() {
  if (view === null) return say("display.unheard");
  if (view.waiting > 0) return say("display.not_yet");
  return view.issuing ? say("display.nobody") : say("display.over");
}

function drawLast() {
  const waiting = new Set(pending.map((call) => call.seq));
  const rows = (view?.calls ?? []).filter((call) => call.seq !== shown?.seq && !waiting.has(call.seq)).slice(0, 4);
  fill(
    lastList,
    rows.map((call) => {
      const [before, after] = say("display.counter", { counter: "\u0000" }).split("\u0000");
      return el("li", {}, call.number, icon("arrow", 58, 2.6), el("span", {}, before, el("b", {}, String(call.counter)), after));
    }),
  );
}

// A group's wait is that of its most crowded service, where most of its customers stand.
function summed(group) {
  const queues = view.queues.filter((queue) => groupOf.get(queue.service) === group);
  const known = queues.map((queue) => queue.forecast).filter(Boolean);
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const late = queues.some((queue) => queue.waiting > 0 && queue.longest_wait_s > LATE * queue.target_s);
  if (known.length === 0) return { waiting, late, forecast: null };
  const byCrowd = queues.filter((queue) => queue.forecast).sort((a, b) => b.waiting - a.waiting || b.forecast.likely_s - a.forecast.likely_s);
  return { waiting, late, forecast: byCrowd[0].forecast };
}

function drawQueues() {
  fill(
    queuesPart,
    groups.map((group) => {
      if (!fresh) {
        return el("div", {}, el("h3", {}, named(group.name)), el("p", {}, icon("stale", 52, 2.4), say("wait.unknown")));
      }
      const { waiting, late, forecast } = summed(group);
      const mark = late ? icon("warning", 52, 2.4) : null;
      const count = (words) => (waiting > 0 ? el("span", { class: "count" }, words) : null);
      const people = count(say("display.people", { n: waiting }));
      const figure = count([icon("people", 52, 2.2), String(waiting)]);
      return el("div", { class: late ? "warn" : "" }, el("h3", {}, mark, named(group.name), people), el("p", {}, wait(forecast), figure));
    }),
  );
}

function wait(forecast) {
  if (forecast === null) return say("wait.unknown");
  const [figures, unit] = minutes(forecast).split("\u00a0");
  return [el("b", {}, figures), unit ?? ""];
}

function drawStrip() {
  if (!fresh) {
    const at = view === null ? "" : clock(Date.now() + hallMinusMachine - line.age() * 1000);
    fill(strip, icon("unlinked", 64, 2.4), view === null ? say("display.no_line") : say("display.stopped", { time: at }));
    return;
  }
  const late = groups.filter((group) => summed(group).late);
  const pages = late.map((group) => el("div", { class: "slow" }, icon("warning", 64, 2.4), say("display.slow", { group: named(group.name) })));
  if (!view.issuing) pages.push([icon("clock", 64, 2.4), say("display.closed")]);
  if (locked) pages.push([icon("sound", 64, 2.4), say("display.touch")]);
  if (pages.length === 0 || (locked && pages.length === 1)) pages.unshift([icon("tick", 64, 2.4), calm()]);
  fill(strip, pages[Math.floor(Date.now() / STRIP_PAGE_MS) % pages.length]);
}

function calm() {
  if (view.waiting === 0 && shown !== null) return say("display.no_wait");
  return say("display.calm", { minutes: page.dataset.returnMinutes });
}

function tick() {
  clockPart.textContent = clock(Date.now() + (view === null ? 0 : hallMinusMachine));
  step();
}

function fit() {
  const scale = Math.min(window.innerWidth / 1920, window.innerHeight / 1080);
  page.style.transform = `scale(${scale})`;
}

const speaker = page.dataset.voice
  ? voice(page.dataset.voice, (now) => {
      locked = now;
      if (view !== null) drawStrip();
    })
  : null;
const line = live(page.dataset.events, {
  onView: hear,
  onLine: (now) => {
    fresh = now;
    speaker?.line(now);
    draw();
    step();
  },
});
window.addEventListener("resize", fit);
setInterval(tick, 250);
setInterval(() => view && drawStrip(), STRIP_PAGE_MS);
fit();
