// One open stream of views; says at once when what it shows is old. Readers drop a lower rev of the same journal.
const STALE_AFTER_MS = 12000;
const LOOK_EVERY_MS = 500;

export function live(url, { onView, onLine }) {
  let journal = null;
  let rev = -1;
  let heardAt = performance.now();
  let fresh = null;

  const say = (now) => {
    if (now !== fresh) {
      fresh = now;
      onLine(fresh);
    }
  };
  const heard = () => {
    heardAt = performance.now();
    say(true);
  };
  const take = (message) => {
    const view = JSON.parse(message.data);
    const stamp = view.stamp;
    if (stamp.journal === journal && stamp.rev < rev) return;
    journal = stamp.journal;
    rev = stamp.rev;
    onView(view);
    heard();
  };

  let source;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener("snapshot", take);
    source.addEventListener("beat", heard);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  };
  open();
  setInterval(() => {
    if (performance.now() - heardAt > STALE_AFTER_MS) say(false);
  }, LOOK_EVERY_MS);
  return { age: () => (performance.now() - heardAt) / 1000 };
}
