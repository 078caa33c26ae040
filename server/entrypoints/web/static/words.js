// The page's sentences in its language, and the ways times and waits are told (see "How waits are worded" in the look).
import { told } from "./telling.js";

const table = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;
const zone = document.body.dataset.zone;

export function say(key, facts = {}) {
  const sentence = table[key];
  if (sentence === undefined) throw new Error(`no sentence ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
}

export const known = (key) => table[key] !== undefined;

export function named(words) {
  return words?.[language] ?? words?.["zh-CN"] ?? "";
}

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
const dateFormat = new Intl.DateTimeFormat(language, { month: "long", day: "numeric", weekday: "long", timeZone: zone });

export const clock = (moment) => clockFormat.format(new Date(moment));
export const day = (moment) => dateFormat.format(new Date(moment));

export function minutes(range) {
  const { low, high } = told(range);
  if (high <= 3) return say("wait.short");
  if (low >= 40) return say("wait.long");
  return say("wait.range", { low, high });
}
