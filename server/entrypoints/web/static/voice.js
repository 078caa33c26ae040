// Says calls aloud, one after the other, as the server composes them. A browser may want one touch before the first.
const AGAIN_MS = 2000;
const HUNG_MS = 5000;
const TOUCHES = ["pointerup", "keydown"]; // a finger counts when it is lifted

// `onLocked(locked)`: whether a touch is waited for. Where the sound does not start though the page was touched, or tells an
// error, there is no sound device: the display goes on without a voice and asks no more.
export function voice(address, onLocked) {
  const sound = new AudioContext();
  let waiting = [];
  let speaking = false;
  let fresh = false;
  let asks = true;

  async function speak() {
    if (speaking) return;
    speaking = true;
    while (fresh && sound.state === "running" && waiting.length > 0) {
      const call = waiting[0];
      const said = await say(call).catch(() => false);
      if (said) waiting = waiting.filter((other) => other !== call);
      else await pause(AGAIN_MS);
    }
    speaking = false;
  }

  // True when nothing is left to be said: an empty answer means quiet hours, or that the call is over.
  async function say(call) {
    const answer = await fetch(`${address}${call.seq}.wav`, { cache: "no-store" });
    if (answer.status === 204) return true;
    if (!answer.ok) return false;
    const composed = await sound.decodeAudioData(await answer.arrayBuffer());
    const source = new AudioBufferSourceNode(sound, { buffer: composed });
    source.connect(sound.destination);
    const ended = new Promise((resolve) => source.addEventListener("ended", resolve));
    source.start();
    await Promise.race([ended, pause(composed.duration * 1000 + HUNG_MS)]);
    source.disconnect();
    return true;
  }

  function look() {
    onLocked(asks && sound.state !== "running");
    speak();
  }

  function askNoMore() {
    asks = false;
    look();
  }

  function start() {
    sound.resume().catch(askNoMore);
    if (navigator.userActivation.hasBeenActive) askNoMore();
  }

  sound.addEventListener("statechange", look);
  sound.addEventListener("error", askNoMore);
  for (const touch of TOUCHES) window.addEventListener(touch, start);
  start();
  look();
  return {
    // `called`: new calls; `over`: numbers whose customer has come or gone, which need not be said any more.
    hear(called, over) {
      const told = new Set([...over, ...called.map((call) => call.number)]);
      waiting = [...waiting.filter((call) => !told.has(call.number)), ...called];
      speak();
    },
    line(now) {
      fresh = now;
      speak();
    },
  };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
