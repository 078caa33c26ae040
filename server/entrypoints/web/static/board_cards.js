// The cards of the board, each drawn from one view. Every percentage has its n, unknown is never zero.
import { el, fill, icon } from "./dom.js";
import { clock, known, named, say } from "./words.js";

const groups = JSON.parse(document.getElementById("groups").textContent);
const names = new Map(groups.flatMap((group) => group.services.map((service) => [service.id, service.name])));
const service = (id) => named(names.get(id)) || id;
const whole = (seconds) => Math.floor(seconds / 60);
const percent = (part, of) => Math.round((100 * part) / of);
const title = (words, small, mark) => el("h2", {}, mark ? icon(mark, 20, 2.3) : null, words, small ? el("small", {}, small) : null);
const TOO_FEW = 10;
const MOST_DEVICES = 4;
const LABEL_PX = 56;
const QUARTER_MS = 15 * 60 * 1000;

// The rows are the worst few; how many are over target in all is what the services' figures count beside those called.
const overTarget = (view) => view.services_today.reduce((sum, one) => sum + one.of_target - one.called, 0);

export function late(card, view) {
  const over = view.late.filter((one) => one.share >= 1);
  card.classList.toggle("red", over.length > 0);
  card.classList.toggle("amber", over.length === 0 && view.late.length > 0);
  if (view.late.length === 0) {
    fill(card, title(say("board.late_title")), el("p", { class: "calm" }, say("board.late_none")));
    return;
  }
  const head = over.length > 0 ? say("board.late_over", { n: Math.max(over.length, overTarget(view)) }) : say("board.late_soon");
  fill(
    card,
    title(head, say("board.stroke"), over.length > 0 ? "octagon" : "warning"),
    el("table", {}, el("tbody", {}, view.late.map(lateRow))),
    over.length > 0 ? el("p", { class: "why" }, why(view, over[0])) : null,
  );
}

function lateRow(one) {
  const isOver = one.share >= 1;
  const filled = el("i", { class: isOver ? "" : "amber" });
  filled.style.width = `${Math.min(100, one.share * 50)}%`;
  const left = Math.max(1, Math.ceil((one.target_s - one.waited_s) / 60));
  const rest = isOver
    ? say("board.over_by", { n: Math.max(1, Math.ceil((one.waited_s - one.target_s) / 60)) })
    : say("board.left", { n: left });
  return el(
    "tr",
    {},
    el("td", { class: "number" }, one.number),
    el("td", {}, service(one.service), " ", one.customer_class === "normal" ? null : el("span", { class: "chip" }, say(`class.${one.customer_class}`))),
    el("td", { class: "big right" }, say("board.minutes", { n: whole(one.waited_s) })),
    el("td", {}, el("div", { class: "bar" }, filled, el("u"))),
    el("td", { class: "right" }, say("board.promise", { n: whole(one.target_s) })),
    el("td", { class: "right" }, rest),
  );
}

function why(view, worst) {
  const queue = view.queues.find((one) => one.service === worst.service);
  const paused = view.counters.filter((one) => one.state === "paused" && one.services.includes(worst.service)).length;
  return say("board.why", { service: service(worst.service), waiting: queue?.waiting ?? 0, open: queue?.counters.length ?? 0, paused });
}

export function ratings(card, view) {
  const today = view.ratings;
  const head = title(say("board.ratings_title"), say("board.ratings_n", { n: today.n, not_rated: today.not_rated }));
  if (today.n === 0) {
    fill(card, head, el("p", { class: "calm" }, say("board.ratings_none")));
    return;
  }
  const rows = [5, 4, 3, 2, 1].map((score) => {
    const n = today.by_score[score] ?? 0;
    const filled = el("i", { class: score <= 2 ? "low" : "" });
    filled.style.width = `${percent(n, today.n)}%`;
    return el("tr", {}, el("td", {}, say(`score.${score}`)), el("td", {}, el("div", { class: "bar" }, filled)), el("td", { class: "right" }, say("board.presses", { n })));
  });
  const unmatched = today.unmatched > 0 ? el("p", { class: "note" }, say("board.unmatched", { n: today.unmatched })) : null;
  fill(card, head, el("table", { class: "scores" }, el("tbody", {}, rows)), unmatched);
}

export function figures(row, view) {
  fill(row, longest(view), within(view), waiting(view), satisfied(view), gone(view), honest(view));
}

function figure(mark, words, value, unit, below, state = "") {
  return el("section", { class: `card figure ${state}` }, el("h2", {}, mark ? icon(mark, 15, 2.4) : null, words), el("p", {}, value, unit), el("em", {}, below));
}
const small = (text) => el("small", {}, text);

function longest(view) {
  const worst = view.queues.reduce((a, b) => (b.longest_wait_s > a.longest_wait_s ? b : a));
  if (worst.longest_wait_s === 0) return figure("clock", say("figure.longest"), "—", null, say("figure.nobody"));
  const state = worst.longest_wait_s > worst.target_s ? "red" : "";
  return figure("clock", say("figure.longest"), String(whole(worst.longest_wait_s)), small(say("figure.minutes")), say("figure.still", { service: service(worst.service) }), state);
}

function within(view) {
  const of = view.services_today.reduce((sum, one) => sum + one.of_target, 0);
  const met = view.services_today.reduce((sum, one) => sum + one.within_target, 0);
  if (of < TOO_FEW) return figure("warning", say("figure.within"), "—", small(say("figure.n", { n: of })), say("figure.too_few"));
  return figure("tick", say("figure.within"), `${percent(met, of)}%`, small(say("figure.n", { n: of })), say("figure.within_how"), percent(met, of) < 80 ? "amber" : "");
}

function waiting(view) {
  const serving = view.counters.filter((one) => one.ticket_state === "serving").length;
  return figure("people", say("figure.waiting"), String(view.waiting), small(say("figure.people")), say("figure.serving", { n: serving }));
}

function satisfied(view) {
  const { n, satisfied: good, low, high, not_rated } = view.ratings;
  const below = say("figure.not_rated", { n: not_rated });
  if (low === null || high === null) return figure("smile", say("figure.satisfied"), "—", small(say("figure.n", { n })), say("figure.too_few"));
  const place = (share) => `${Math.max(0, Math.min(100, (share - 0.6) * 250))}%`;
  const band = el("i");
  band.style.left = place(low);
  band.style.width = `calc(${place(high)} - ${place(low)})`;
  const stroke = el("u");
  stroke.style.left = place(good / n);
  const interval = el("span", { class: "wilson", "aria-hidden": "true" }, el("s"), band, stroke);
  const bounds = say("figure.interval", { low: (low * 100).toFixed(1), high: (high * 100).toFixed(1) });
  return figure("smile", say("figure.satisfied"), `${percent(good, n)}%`, [small(say("figure.n", { n })), interval], `${bounds} · ${below}`);
}

function gone(view) {
  const done = view.finished + view.no_show;
  const share = done < TOO_FEW ? say("figure.too_few") : say("figure.gone_share", { p: percent(view.no_show, done), n: done });
  return figure("cross", say("figure.gone"), String(view.no_show), small(say("figure.people")), share);
}

function honest(view) {
  const { forecast_n: n, forecast_hit: hit } = view;
  if (n < TOO_FEW) return figure(null, say("figure.honest"), "—", small(say("figure.n", { n })), say("figure.too_few"));
  return figure(null, say("figure.honest"), `${percent(hit, n)}%`, small(say("figure.n", { n })), say("figure.honest_how"));
}

export function arrivals(card, view) {
  const head = title(say("board.arrivals_title"), say("board.arrivals_n", { n: view.issued }));
  if (view.arrivals.length === 0 || view.arrivals_from === null) {
    fill(card, head, el("p", { class: "calm" }, say("board.arrivals_none")));
    return;
  }
  fill(card, head, chart(view, Math.max(300, card.clientWidth - 34)));
}

function chart(view, width) {
  const NS = "http://www.w3.org/2000/svg";
  const draw = (tag, attributes, text = "") => {
    const node = document.createElementNS(NS, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };
  const [height, left, bottom] = [200, 34, 174];
  const slots = Math.max(36, view.arrivals.length);
  const step = (width - left - 8) / slots;
  const top = Math.max(4, ...view.arrivals);
  const unit = Math.ceil(top / 4);
  const svg = draw("svg", { width, height, class: "chart", role: "img", "aria-label": say("board.arrivals_title") });
  for (let n = 0; n <= unit * 4; n += unit) {
    const y = bottom - ((bottom - 12) * n) / (unit * 4);
    svg.append(draw("line", { x1: left, x2: width - 4, y1: y, y2: y, class: "axis" }), draw("text", { x: left - 7, y: y + 4, "text-anchor": "end" }, String(n)));
  }
  const from = new Date(view.arrivals_from).getTime();
  view.arrivals.forEach((n, index) => {
    const high = ((bottom - 12) * n) / (unit * 4);
    svg.append(draw("rect", { x: left + index * step + 1, y: bottom - high, width: step - 2, height: high, rx: 2, class: "in" }));
  });
  const apart = 4 * Math.ceil(LABEL_PX / (4 * step));
  for (let index = 0; index < slots; index += apart) {
    const at = from + index * QUARTER_MS;
    svg.append(draw("text", { x: left + index * step, y: bottom + 18, "text-anchor": "middle" }, clock(at)));
  }
  return svg;
}

export function services(card, view) {
  const today = new Map(view.services_today.map((one) => [one.service, one]));
  const busy = view.queues
    .map((queue) => ({ ...queue, today: today.get(queue.service) }))
    .filter((one) => one.waiting > 0 || (one.today?.called ?? 0) > 0)
    .sort((a, b) => b.waiting - a.waiting || (b.today?.called ?? 0) - (a.today?.called ?? 0))
    .slice(0, 7);
  const head = title(say("board.services_title"), say("board.services_unit"));
  if (busy.length === 0) {
    fill(card, head, el("p", { class: "calm" }, say("board.services_none")));
    return;
  }
  const columns = ["service", "waiting", "longest", "p50", "p90", "target", "within"].map((key, index) => el("th", { class: index ? "right" : "" }, say(`column.${key}`)));
  fill(card, head, el("table", {}, el("thead", {}, el("tr", {}, columns)), el("tbody", {}, busy.map(serviceRow))));
}

function serviceRow(one) {
  const figureOf = (seconds) => (seconds === null || seconds === undefined ? "—" : String(Math.round(seconds / 60)));
  const late = one.waiting > 0 && one.longest_wait_s > one.target_s;
  const of = one.today?.of_target ?? 0;
  const share = of < TOO_FEW ? say("figure.n", { n: of }) : say("board.share_n", { p: percent(one.today.within_target, of), n: of });
  return el(
    "tr",
    {},
    el("td", {}, service(one.service), late ? [" ", el("span", { class: "chip red" }, say("board.late"))] : null),
    el("td", { class: "right" }, String(one.waiting)),
    el("td", { class: "right" }, one.waiting > 0 ? String(whole(one.longest_wait_s)) : "—"),
    el("td", { class: "right" }, figureOf(one.today?.p50_s)),
    el("td", { class: "right" }, el("b", {}, figureOf(one.today?.p90_s))),
    el("td", { class: "right" }, String(whole(one.target_s))),
    el("td", { class: "right" }, share),
  );
}

export function counterList(card, view) {
  const open = view.counters.filter((one) => one.state === "open").length;
  const paused = view.counters.filter((one) => one.state === "paused").length;
  const now = new Date(view.stamp.as_of).getTime();
  const boxes = el("div", { class: "counters" }, view.counters.map((one) => counterBox(one, now)));
  boxes.style.setProperty("--columns", Math.min(6, Math.max(3, Math.ceil(view.counters.length / 2))));
  fill(card, title(say("board.counters_title"), say("board.counters_n", { open, paused })), boxes);
}

function counterBox(one, now) {
  const state = one.number ? one.ticket_state : one.state;
  const tone = { serving: "ok", called: "ok", paused: "amber" }[state] ?? "";
  const since = whole((now - new Date(one.number ? one.ticket_since : one.since).getTime()) / 1000);
  const idle = { closed: "board.counter_closed", open: "board.counter_free", paused: `pause.${one.pause_reason ?? "other"}` };
  const what = one.number ? `${one.number} ${service(one.service)}` : say(idle[one.state]);
  return el(
    "div",
    { class: one.state },
    el("b", {}, say("board.counter", { counter: one.counter }), el("span", { class: `chip ${tone}` }, say(`state.${state}`))),
    el("div", {}, what),
    one.state === "closed" ? null : el("div", {}, since < 1 ? say("board.since_now") : say("board.since", { n: since })),
  );
}

export function devices(card, view) {
  const faulty = view.devices.filter((one) => one.health !== "ok" || one.alert);
  const counted = view.devices.filter((one) => !faulty.includes(one) && one.paper_minutes != null);
  const shown = [...faulty, ...counted].slice(0, MOST_DEVICES);
  const fine = view.devices.filter((one) => !faulty.includes(one) && !shown.includes(one)).length;
  const unseen = Math.max(0, faulty.length - MOST_DEVICES);
  const alarms = view.alarms.filter((one) => one.cause !== "projection-broken").map(alarmRow);
  const broken = view.projections_broken.map((name) => deviceLine("amber", "warning", say("board.table_broken", { name })));
  const head = title(say("board.devices_title"), say("board.devices_n", { n: view.devices.length }));
  const away = view.device_lamps ? null : deviceLine("off", "unlinked", [say("board.no_broker"), el("small", {}, say("board.no_broker_how"))]);
  const rows = shown.map(deviceRow);
  const more = unseen > 0 ? deviceLine("amber", "warning", say("board.devices_more", { n: unseen })) : null;
  const rest = fine > 0 ? deviceLine("ok", "tick", say("board.devices_fine", { n: fine })) : null;
  const none = view.devices.length === 0 && view.device_lamps ? el("p", { class: "calm" }, say("board.devices_none")) : null;
  fill(card, head, el("ul", { class: "list" }, alarms, broken, away, rows, more, rest), none);
}

// A device newer than this page may name a cause that the page has no words for.
const cause = (word) => (known(`cause.${word}`) ? say(`cause.${word}`) : say("cause.other", { cause: word }));

function deviceLine(colour, sign, words, time = "") {
  return el("li", {}, el("span", { class: colour }, icon(sign, 24)), el("span", {}, words), el("span", {}, time));
}

const alarmRow = (one) => deviceLine("amber", "warning", say(`alarm.${one.cause}`, { names: one.names.join(", ") }), clock(one.since));

const PAPER_IN_HOURS = 120;
const paper = (minutes) => (minutes < PAPER_IN_HOURS ? say("board.paper_minutes", { n: minutes }) : say("board.paper_hours", { n: Math.floor(minutes / 60) }));

function deviceRow(one) {
  const [colour, sign] = one.health === "fault" || one.alert ? ["amber", "warning"] : one.health === "ok" ? ["ok", "tick"] : ["stale", "stale"];
  const trouble = one.alert ? cause(one.alert) : one.health === "ok" ? null : say(`health.${one.health}`);
  const name = one.part ? `${one.device} · ${one.part}` : one.device;
  const left = one.paper_minutes == null ? null : paper(one.paper_minutes);
  return deviceLine(colour, sign, [name, trouble && el("small", {}, trouble), left && el("small", {}, left)], clock(one.since));
}
