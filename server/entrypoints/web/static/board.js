// The manager's board: who waits too long now, today's figures, counters and devices. Old data never looks fresh.
import { arrivals, counterList, devices, figures, late, ratings, services } from "./board_cards.js";
import { fill, icon } from "./dom.js";
import { live } from "./live.js";
import { clock, day, say } from "./words.js";

const page = document.querySelector(".board");
const part = (name) => page.querySelector(`.${name}`);
const CARDS = { late, ratings, figures, arrivals, services, "counter-list": counterList, devices };

let view = null;
let fresh = true;
let hallMinusMachine = 0;

function draw() {
  for (const [name, card] of Object.entries(CARDS)) {
    try {
      card(part(name), view);
    } catch (error) {
      fill(part(name), say("board.tile_failed"));
      console.error(name, error);
    }
  }
  part("day").textContent = day(view.stamp.as_of);
  fill(part("lamps"), view.device_lamps ? null : [icon("unlinked", 17, 2.4), say("board.no_broker")]);
}

function drawAge() {
  const hallNow = Date.now() + hallMinusMachine;
  page.querySelector("time").textContent = view === null ? "" : clock(hallNow);
  page.classList.toggle("stale", !fresh);
  if (view === null) {
    fill(part("age"), icon("unlinked", 17, 2.4), say("board.no_line"));
  } else if (fresh) {
    fill(part("age"), icon("tick", 17, 2.4), say("board.age", { n: Math.round(line.age()) }));
  } else {
    fill(part("age"), icon("unlinked", 17, 2.4), say("board.stopped", { time: clock(hallNow - line.age() * 1000) }));
  }
}

const line = live(page.dataset.events, {
  onView: (next) => {
    view = next;
    part("grid").hidden = false;
    hallMinusMachine = new Date(view.stamp.as_of).getTime() - Date.now();
    draw();
  },
  onLine: (now) => {
    fresh = now;
    drawAge();
  },
});
setInterval(drawAge, 1000);
drawAge();
