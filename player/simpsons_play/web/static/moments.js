// The list of appearances, with pictures; one character or all.
import { dot, make } from "./dom.js";
import { formatTenths } from "./times.js";

export class Moments extends EventTarget {
  /** Events: `choose` with a character or null. */
  constructor(chips, list, data) {
    super();
    Object.assign(this, { list, data, chosen: null });
    this.buttons = [null, ...data.characters.keys()].map((who) => {
      const character = who === null ? null : data.characters[who];
      const label = character ? [dot(character.colour), `${character.name} (${character.appearances})`] : [`All (${data.appearances.length})`];
      const button = make("button", { type: "button", "aria-pressed": String(who === null) }, ...label);
      button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("choose", { detail: who })));
      return { who, button };
    });
    chips.append(...this.buttons.map(({ button }) => button));
    this.cards = data.appearances.map((appearance) => {
      const { name, colour } = data.characters[appearance.who];
      const picture = make("img", {
        alt: "", loading: "lazy", decoding: "async", width: 192, height: 144,
        src: `/episodes/${data.id}/pictures/${appearance.number}.jpg?v=${data.version}`,
      });
      const length = make("span", { className: "length" }, `${(appearance.end_s - appearance.start_s).toFixed(1)} s`);
      const link = make("a", { href: `#t=${appearance.start_s.toFixed(2)}` },
        make("span", { className: "poster" }, picture, length), make("span", { className: "title" }, `${formatTenths(appearance.start_s)} ${name}`));
      const people = make("p", { className: "people" }, make("span", {}, dot(colour), `${Math.round(100 * appearance.probability)}% on average`));
      return { appearance, card: make("li", { className: "card" }, link, people) };
    });
    list.append(...this.cards.map(({ card }) => card));
    if (!this.cards.length) list.replaceWith(make("p", { className: "empty" }, "No one recognised."));
  }

  /** List one character only; null for all. */
  choose(who) {
    for (const { button, who: own } of this.buttons) button.setAttribute("aria-pressed", String(own === who));
    for (const { appearance, card } of this.cards) card.hidden = who !== null && appearance.who !== who;
  }

  /** Mark what is on screen at a time. */
  setTime(time_s) {
    for (const { appearance, card } of this.cards) card.classList.toggle("now", appearance.start_s <= time_s && time_s < appearance.end_s);
  }
}
