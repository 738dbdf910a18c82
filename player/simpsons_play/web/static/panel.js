// Who is on screen now: the list beside the video, and what a screen reader says of it.
import { make } from "./dom.js";

const SETTLED_MS = 1200, QUIET_MS = 5000;

export class Panel {
  constructor(list, announcement, data) {
    Object.assign(this, { list, announcement, data, shown: "", said: "", said_ms: -QUIET_MS, timer: 0 });
    this.show([]);
  }

  /** Show what `Names.at` returns. */
  show(found) {
    const best = new Map();
    for (const { who, probability } of found) best.set(who, Math.max(best.get(who) || 0, probability));
    const rows = [...best].sort((a, b) => a[0] - b[0]), text = rows.map(([who, p]) => `${who} ${Math.round(100 * p)}`).join();
    if (text === this.shown && this.list.childElementCount) return;
    this.shown = text;
    this.list.replaceChildren(...(rows.length ? rows.map(([who, p]) => {
      const { name, colour } = this.data.characters[who];
      return make("li", { colour }, make("b", {}, name), make("span", {}, `${Math.round(100 * p)}%`));
    }) : [make("li", { className: "none" }, "no one recognised")]));
    this.later(rows.length ? rows.map(([who]) => this.data.characters[who].name).join(", ") : "No one recognised");
  }

  /** Say who is on screen once that has not changed for a moment, and at most every few seconds. */
  later(text) {
    clearTimeout(this.timer);
    if (text === this.said) return;
    const wait_ms = Math.max(SETTLED_MS, this.said_ms + QUIET_MS - performance.now());
    this.timer = setTimeout(() => {
      this.said = this.announcement.textContent = text;
      this.said_ms = performance.now();
    }, wait_ms);
  }
}
