// A wait is never one number; the same rounding as `told_minutes` of the contract, which a test holds it to.
const APART_MIN = 3;
const COARSE_FROM_MIN = 30;
const COARSE_MIN = 5;

const step = (minutes) => (minutes > COARSE_FROM_MIN ? COARSE_MIN : 1);
const down = (minutes) => Math.floor(minutes / step(minutes)) * step(minutes);
const up = (minutes) => Math.ceil(minutes / step(minutes)) * step(minutes);

export function told(range) {
  const low = down(Math.max(0, range.low_s) / 60);
  const high = up(Math.max(0, range.low_s, range.high_s) / 60);
  return { low, high: high - low >= APART_MIN ? high : up(low + APART_MIN) };
}
