// The timeline: a lane for each character, above a time axis. Click and drag to seek; each lane is one tab stop.
import { make, oncePerFrame } from "./dom.js";
import { format, formatTenths } from "./times.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
const TICK_PX = 60, MAX_PX = 60000, MAX_PX_PER_S = 100, DRAG_PX = 4;

export class Lanes extends EventTarget {
  /** Builds lanes in `section`. Events: `seek` with a time in seconds, `choose` with a character. */
  constructor(section, data, names) {
    super();
    Object.assign(this, { data, names, zoom: 1, chosen: null });
    this.scroller = section.querySelector(".scroll");
    this.axis = section.querySelector(".axis");
    this.playhead = make("div", { className: "playhead", "aria-hidden": "true" });
    this.ticks = make("div", { className: "ticks" });
    this.rows = data.characters.map((character, who) => this.makeLane(character, who));
    this.axis.append(...this.rows.map((row) => row.lane), make("div", { className: "lane", "aria-hidden": "true" }, make("span", { className: "name" }), this.ticks), this.playhead);
    for (const button of section.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoomBy(button.dataset.zoom));
      this[button.dataset.zoom] = button;
    }
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.setZoom(this.zoom * 2 ** (-event.deltaY / (event.deltaMode ? 6 : 200)), event.clientX);
    }, { passive: false });
    this.axis.addEventListener("keydown", (event) => this.press(event));
    this.setThreshold(data.threshold);
    new ResizeObserver(oncePerFrame(() => this.setZoom(this.zoom))).observe(section);
    this.setZoom(1);
  }

  makeLane(character, who) {
    const name = make("button", { className: "name", type: "button", title: `Follow ${character.name}: n and p go to the next and previous appearance`, "aria-pressed": "false" }, character.name);
    name.addEventListener("click", () => this.dispatchEvent(new CustomEvent("choose", { detail: who })));
    const bars = make("ul", { className: "bars", "aria-label": character.name });
    this.makeScrubber(bars);
    return { name, bars, lane: make("div", { className: "lane", colour: character.colour }, name, bars), links: [] };
  }

  makeScrubber(bars) {
    const timeAt = (x) => {
      const box = bars.getBoundingClientRect();
      return Math.min(Math.max(0, (x - box.left) / box.width), 1) * this.data.duration_s;
    };
    let from = null, drags = false;
    const seek = (time_s) => this.dispatchEvent(new CustomEvent("seek", { detail: time_s }));
    bars.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      from = event.clientX;
      drags = false;
    });
    bars.addEventListener("pointermove", (event) => {
      if (from === null || (!drags && Math.abs(event.clientX - from) < DRAG_PX)) return;
      if (!drags) bars.setPointerCapture(event.pointerId);
      drags = true;
      seek(timeAt(event.clientX));
    });
    for (const end of ["pointerup", "pointercancel"]) bars.addEventListener(end, () => { from = null; });
    bars.addEventListener("click", (event) => {
      event.preventDefault();
      const link = event.target.closest("a");
      if (drags) { drags = false; return; }
      seek(link ? Number(link.dataset.start) : timeAt(event.clientX));
    });
    bars.addEventListener("dragstart", (event) => event.preventDefault());
  }

  /** Show only stretches with names that are at least so probable. */
  setThreshold(threshold) {
    const lengths = this.data.characters.map(() => []);
    for (const appearance of this.data.appearances)
      for (const [start_s, end_s] of this.names.stretches(appearance, threshold)) lengths[appearance.who].push({ start_s, end_s });
    this.stretches = lengths;
    this.rows.forEach((row, who) => {
      const name = this.data.characters[who].name, length_s = this.data.duration_s || 1;
      row.bars.replaceChildren(...lengths[who].map(({ start_s, end_s }, index) => {
        const label = `${name}, ${formatTenths(start_s)} to ${formatTenths(end_s)}`;
        const link = make("a", { href: `#t=${start_s.toFixed(2)}`, title: label, tabIndex: index ? -1 : 0, "data-start": start_s, "aria-label": label });
        const item = make("li", {}, link);
        item.style.left = `${100 * start_s / length_s}%`;
        item.style.width = `${100 * (end_s - start_s) / length_s}%`;
        return item;
      }));
      row.bars.setAttribute("aria-label", `${name}: ${lengths[who].length} appearance${lengths[who].length === 1 ? "" : "s"}`);
      row.links = [...row.bars.querySelectorAll("a")];
    });
  }

  /** Mark a character; null for none. */
  choose(who) {
    this.chosen = who;
    this.rows.forEach(({ lane, name }, i) => {
      lane.classList.toggle("chosen", i === who);
      name.setAttribute("aria-pressed", String(i === who));
    });
  }

  /** The start of the next (1) or previous (-1) appearance, in seconds; null if there is none. */
  neighbour(time_s, step) {
    const starts = this.stretches.flatMap((list, who) => this.chosen === null || this.chosen === who ? list.map(({ start_s }) => start_s) : []);
    const fitting = starts.filter((start_s) => step > 0 ? start_s > time_s + 0.05 : start_s < time_s - 1);
    return fitting.length ? (step > 0 ? Math.min(...fitting) : Math.max(...fitting)) : null;
  }

  /** Move the playhead. */
  setTime(time_s) {
    this.axis.style.setProperty("--at", Math.min(1, time_s / (this.data.duration_s || 1)).toFixed(5));
  }

  fitting() { return this.ticks.clientWidth / this.zoom; }
  limit() { return Math.max(1, Math.min(MAX_PX, this.data.duration_s * MAX_PX_PER_S) / (this.fitting() || 1)); }

  zoomBy(how) { this.setZoom(how === "in" ? this.zoom * 2 : how === "out" ? this.zoom / 2 : 1); }

  setZoom(value, x = null) {
    const view = this.scroller.getBoundingClientRect(), before = this.ticks.getBoundingClientRect();
    if (x === null) x = (view.left + view.right) / 2;
    const share = before.width ? (x - before.left) / before.width : 0;
    this.zoom = Math.min(Math.max(1, value), this.limit());
    this.axis.style.setProperty("--zoom", this.zoom);
    const after = this.ticks.getBoundingClientRect();
    this.scroller.scrollLeft += after.left + share * after.width - x;
    for (const button of [this.out, this.whole]) button.setAttribute("aria-disabled", this.zoom <= 1);
    this.in.setAttribute("aria-disabled", this.zoom >= this.limit());
    this.scroller.tabIndex = this.scroller.scrollWidth > this.scroller.clientWidth + 1 ? 0 : -1;
    this.drawTicks();
  }

  drawTicks() {
    const width = this.ticks.clientWidth, length_s = this.data.duration_s || 1;
    const step_s = STEPS_S.find((step) => step >= length_s * TICK_PX / width) || STEPS_S.at(-1), labels = [];
    for (let time_s = 0; time_s <= length_s - length_s * TICK_PX / width; time_s += step_s) {
      const label = make("span", { className: "shown" }, format(time_s));
      label.style.left = `${100 * time_s / length_s}%`;
      labels.push(label);
    }
    this.ticks.replaceChildren(...labels);
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = this.rows.findIndex(({ links }) => links.includes(document.activeElement));
    if (row < 0) return;
    const { links } = this.rows[row], at = links.indexOf(document.activeElement);
    const focus = (lane, index) => {
      const link = this.rows[lane]?.links.at(index);
      if (!link) return;
      for (const other of this.rows[lane].links) other.tabIndex = other === link ? 0 : -1;
      link.focus();
    };
    const nearest = (lane) => {
      const time_s = Number(links[at].dataset.start), other = this.rows[lane]?.links || [];
      return other.reduce((best, link, i) => Math.abs(link.dataset.start - time_s) < Math.abs((other[best]?.dataset.start ?? Infinity) - time_s) ? i : best, 0);
    };
    const moves = {
      ArrowRight: () => at + 1 < links.length && focus(row, at + 1), ArrowLeft: () => at && focus(row, at - 1),
      Home: () => focus(row, 0), End: () => focus(row, -1),
      ArrowDown: () => focus(row + 1, nearest(row + 1)), ArrowUp: () => row && focus(row - 1, nearest(row - 1)),
    };
    if (moves[event.key]) { event.preventDefault(); moves[event.key](); }
  }
}
