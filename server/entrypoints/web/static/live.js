// One open stream of views, read through fetch so that a bearer can be sent. Says at once when what it shows is old.
const STALE_AFTER_MS = 11500;
const LOOK_EVERY_MS = 250;
const RETRY_MS = [500, 1000, 2000, 5000];
const REFUSALS = new Set([401, 403, 404]);

// Text in, events out; a server's event ends with an empty line.
function parser(take) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const field = (name) =>
        block
          .split("\n")
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join("\n");
      try {
        take(field("event"), field("data"));
      } catch (error) {
        reportError(error);
      }
    }
  };
}

// `onView(view)`: a newer state. `onLine(fresh)`: whether what is shown is new. `onRefused(status)`: no use to ask again.
export function live(url, { headers = {}, onView, onLine, onRefused = () => location.reload() }) {
  let journal = null;
  let rev = -1;
  let heardAt = performance.now();
  let fresh = null;
  let failures = 0;
  let open = null;
  let openedAt = 0;

  const say = (now) => {
    if (now !== fresh) {
      fresh = now;
      onLine(fresh);
    }
  };
  const take = (event, data) => {
    if (event === "snapshot") {
      const view = JSON.parse(data);
      const stamp = view.stamp;
      if (stamp.journal === journal && stamp.rev < rev) return;
      journal = stamp.journal;
      rev = stamp.rev;
      onView(view);
    } else if (event !== "beat" || rev < 0) {
      return;
    }
    failures = 0;
    heardAt = performance.now();
    say(true);
  };

  async function listen(signal) {
    const answer = await fetch(url, { headers: { Accept: "text/event-stream", ...headers }, cache: "no-store", signal });
    if (REFUSALS.has(answer.status)) return answer.status;
    if (!answer.ok) return null;
    const feed = parser(take);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      feed(value);
    }
  }

  async function keep() {
    open = new AbortController();
    openedAt = performance.now();
    const refused = await listen(open.signal).catch(() => null);
    if (refused !== null) {
      onRefused(refused);
      return;
    }
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    setTimeout(keep, wait);
  }

  setInterval(() => {
    const now = performance.now();
    if (now - heardAt <= STALE_AFTER_MS) return;
    say(false);
    if (now - openedAt > STALE_AFTER_MS) open.abort();
  }, LOOK_EVERY_MS);
  keep();
  return { age: () => (performance.now() - heardAt) / 1000, again: () => open.abort() };
}
