// Who is named where at which time: the boxes of an episode, interpolated.

const T = 0, UNTIL = 1, TRACK = 2, BOX = 3, P = 7;  // positions in the lists of boxes
const EPSILON_S = 0.002;  // browsers round the times of frames to microseconds, and we to 0.1 ms

const between = (a, b, share) => a + (b - a) * share;

export class Names {
  /** The data of `/api/episodes/ID`. */
  constructor(data) {
    this.threshold = data.threshold;
    this.shots = data.shots;
    this.segments = [];
    for (const appearance of data.appearances) {
      const last = new Map();  // track -> its segment that may go on
      for (const box of appearance.boxes) {
        const segment = { appearance, who: appearance.who, box, next: null }, before = last.get(box[TRACK]);
        if (before && before.box[UNTIL] === box[T]) before.next = box;
        last.set(box[TRACK], segment);
        this.segments.push(segment);
      }
    }
    // Whole seconds -> the segments in them.
    this.seconds = new Map();
    for (const segment of this.segments)
      for (let second = Math.floor(segment.box[T]) - 1; second <= segment.box[UNTIL]; second++) {
        if (!this.seconds.has(second)) this.seconds.set(second, []);
        this.seconds.get(second).push(segment);
      }
  }

  /** What is named at a time in seconds: `who`, `track`, `box` in pixels of the frame, `probability`. */
  at(time_s, threshold) {
    const found = [], at_s = time_s + EPSILON_S;
    for (const { appearance, who, box, next } of this.seconds.get(Math.floor(at_s)) || []) {
      if (at_s < box[T] || at_s >= box[UNTIL]) continue;
      const share = next ? (time_s - box[T]) / (box[UNTIL] - box[T]) : 0, to = next || box;
      const value = (column) => between(box[column], to[column], Math.max(0, share));
      if (this.hides(value(P), threshold)) continue;
      found.push({ appearance, who, track: box[TRACK], probability: value(P), box: [0, 1, 2, 3].map((side) => value(BOX + side)) });
    }
    return found;
  }

  /** Whether a probability is too low; at the threshold of the analysis, nothing is hidden. */
  hides(probability, threshold) {
    return threshold > this.threshold + 1e-6 && probability < threshold;
  }

  /** The stretches of an appearance, [start, end] in seconds, in which its name is not hidden. */
  stretches(appearance, threshold) {
    if (threshold <= this.threshold + 1e-6) return [[appearance.start_s, appearance.end_s]];
    const found = [];
    for (const box of appearance.boxes) {
      const next = appearance.boxes.find((other) => other[TRACK] === box[TRACK] && other[T] === box[UNTIL]) || box;
      const [from, to] = [box[P], next[P]];
      if (from < threshold && to < threshold) continue;
      const crosses_s = from === to ? box[T] : between(box[T], box[UNTIL], (threshold - from) / (to - from));
      found.push([from >= threshold ? box[T] : crosses_s, to >= threshold ? box[UNTIL] : crosses_s]);
    }
    found.sort((a, b) => a[0] - b[0]);
    const joined = [];
    for (const [start_s, end_s] of found) {
      const last = joined.at(-1);
      if (last && start_s <= last[1] + 0.25) last[1] = Math.max(last[1], end_s);
      else joined.push([start_s, end_s]);
    }
    return joined;
  }

  /** The number of the shot at a time in seconds. */
  shotAt(time_s) {
    let low = 0, high = this.shots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shots[middle] <= time_s + EPSILON_S) low = middle + 1; else high = middle;
    }
    return low;
  }
}
