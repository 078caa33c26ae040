// A ticket's own page. The address carries the capability; the place in the queue is the server's and outlives this page.
import { asking } from "./phone_asking.js";
import { cards, head, next } from "./phone_cards.js";
import { el, fill, icon } from "./dom.js";
import { live } from "./live.js";
import { say } from "./words.js";

const OLD_AFTER_S = 30;
const CALLED_PATTERN = [400, 200, 400, 200, 400];
const SOON_PATTERN = [200, 100, 200];

const token = location.pathname.split("/").pop();
const headers = { Authorization: `Bearer t.${token}` };
const base = `/api/v1/branches/${document.body.dataset.branch}`;
const headPart = document.querySelector(".head");
const cardsPart = document.querySelector(".cards");
const agePart = document.querySelector(".age");
const codePart = document.querySelector(".code"); // only where phones can reach the hall

let view = null;
let shown = null;
let fresh = true;
let refused = false;
let hallMinusMachine = 0;
let soonTold = false;

const hallNow = () => Date.now() + hallMinusMachine;

async function send(path, body) {
  const answer = await fetch(`${base}/${path}`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (answer === null || answer.status >= 500) return { outcome: "away" };
  return { outcome: answer.ok ? "done" : "refused", answer: await answer.json() };
}

const questions = asking(document.querySelector(".asked"), {
  act: (name, body) => send(`tickets/${view.id}/${name}`, body),
  rate: (body) => send("ratings", body),
  take: (ticket) => hear(ticket),
});

function buzz(pattern) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}

function hear(now) {
  if (view !== null && now.stamp.journal === view.stamp.journal && now.stamp.rev < view.stamp.rev) return;
  const before = view;
  view = now;
  shown = next(shown, view);
  hallMinusMachine = new Date(view.stamp.as_of).getTime() - Date.now();
  if (before !== null && view.state === "called" && before.state !== "called") {
    window.scrollTo(0, 0);
    buzz(CALLED_PATTERN);
  }
  const soon = view.state === "waiting" && view.ahead !== null && view.ahead <= 1;
  if (before !== null && soon && !soonTold) buzz(SOON_PATTERN);
  soonTold = soon;
  draw();
}

function draw() {
  if (refused) return;
  if (view === null) {
    if (!fresh) fill(cardsPart, el("section", { class: "card tip" }, icon("unlinked", 30), el("p", {}, say("phone.no_line"))));
    return;
  }
  const age = line.age();
  document.body.classList.toggle("called", view.state === "called" && fresh);
  document.title = head(view).join(" · ");
  fill(headPart, head(view).map((words, index) => el("span", { class: index === 0 ? "number" : "below" }, words)));
  fill(cardsPart, cards(view, { shown, now: hallNow(), age, remind: buzz }));
  if (codePart !== null) codePart.hidden = view.state === "closed";
  questions.show(view);
  drawAge();
}

function drawAge() {
  if (refused || view === null) return;
  const age = Math.round(line.age());
  agePart.classList.toggle("old", age > OLD_AFTER_S);
  if (view.state === "closed" && fresh) {
    fill(agePart);
    return;
  }
  const words = age < 60 ? say("phone.age", { n: age }) : say("phone.age_minutes", { n: Math.floor(age / 60) });
  fill(agePart, icon(fresh ? "tick" : "unlinked", 15, 2.4), words);
}

function refuse() {
  refused = true;
  document.body.classList.remove("called");
  fill(headPart, el("span", { class: "below" }, say("phone.unknown_title")));
  fill(cardsPart, el("section", { class: "card" }, el("h2", {}, say("phone.unknown")), el("p", {}, say("phone.unknown_how"))));
  questions.hide();
  if (codePart !== null) codePart.hidden = true;
  fill(agePart);
}

const line = live(`${base}/events?view=ticket`, {
  headers,
  onView: hear,
  onLine: (now) => {
    fresh = now;
    draw();
  },
  onRefused: refuse,
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !fresh) line.again();
});
window.addEventListener("online", line.again);
setInterval(drawAge, 1000);
setInterval(draw, 10000);
