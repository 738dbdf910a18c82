// The keys of the page: those of the window of the player, as far as a browser can do the same.
import { make } from "./dom.js";

/** Shown keys, what they do, the keys that `event.key` names, the action and its argument. */
export const KEYS = [
  ["Space", "play or pause", [" ", "k"], "toggle"],
  ["←", "back 5 seconds", ["ArrowLeft"], "seekBy", -5],
  ["→", "forward 5 seconds", ["ArrowRight"], "seekBy", 5],
  ["↓", "back 1 minute", ["ArrowDown"], "seekBy", -60],
  ["↑", "forward 1 minute", ["ArrowUp"], "seekBy", 60],
  ["Home", "go to the beginning", ["Home"], "seekTo", 0],
  [",", "previous frame", [","], "step", -1],
  [".", "next frame", ["."], "step", 1],
  ["[", "10% slower", ["["], "changeSpeed", 1 / 1.1],
  ["]", "10% faster", ["]"], "changeSpeed", 1.1],
  ["{", "half speed", ["{"], "changeSpeed", 0.5],
  ["}", "double speed", ["}"], "changeSpeed", 2],
  ["Backspace", "normal speed", ["Backspace"], "changeSpeed", 0],
  ["n", "next appearance", ["n"], "jump", 1],
  ["p", "previous appearance", ["p"], "jump", -1],
  ["PgDn", "follow the next character", ["PageDown"], "follow", 1],
  ["PgUp", "follow the previous character", ["PageUp"], "follow", -1],
  ["-", "lower threshold: more names", ["-"], "changeThreshold", -0.05],
  ["+", "higher threshold: fewer names", ["+", "="], "changeThreshold", 0.05],
  ["o", "show or hide the names", ["o"], "toggleNames"],
  ["9, /", "quieter", ["9", "/"], "changeVolume", -0.05],
  ["0, *", "louder", ["0", "*"], "changeVolume", 0.05],
  ["m", "mute", ["m"], "toggleMute"],
  ["l", "loop", ["l"], "toggleLoop"],
  ["f", "full screen", ["f"], "toggleFull"],
  ["<", "previous episode", ["<"], "skip", -1],
  [">", "next episode", [">"], "skip", 1],
  ["h, ?", "these keys", ["?", "h"], "toggleHelp"],
];
const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home"]);
const REPEATED = new Set(["seekBy", "step", "changeVolume", "changeThreshold", "changeSpeed"]);
const OWN_KEYS = {
  BUTTON: [" "], A: [], SUMMARY: [" "], SELECT: null, TEXTAREA: null,
};

/** Whether the focused element needs a key for itself. */
function isTaken(target, key) {
  if (target.id === "seek") return ["End", "PageUp", "PageDown"].includes(key);  // the others do what they do elsewhere
  if (target.tagName === "INPUT")
    return target.type !== "range" || ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"].includes(key);
  if (target.isContentEditable) return true;
  const own = OWN_KEYS[target.tagName];
  return own === null || (own !== undefined && own.includes(key));
}

/** Whether keys that scroll pages are for the player: it has the focus, or nothing has and it is in view. */
function isAtPlayer(target) {
  if (target.closest("#player")) return true;
  const { top, bottom } = document.getElementById("stage").getBoundingClientRect();
  return target === document.body && (top + bottom) / 2 > 0;
}

/** Run methods of `actions` for key presses. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]") && !["?", "h"].includes(event.key)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isTaken(event.target, key) || (SCROLLING.has(key) && !isAtPlayer(event.target))) return;
    const found = KEYS.find(([, , keys]) => keys.includes(key));
    if (!found) return;
    event.preventDefault();
    const [, , , action, argument] = found;
    if (!event.repeat || REPEATED.has(action)) actions[action](argument);
  });
}

/** The rows of the help. */
export const helpRows = () => KEYS.map(([shown, what]) => make("tr", {},
  make("th", { scope: "row" }, ...shown.split(", ").flatMap((key, i) => [i ? " " : "", make("kbd", {}, key)])), make("td", {}, what)));
