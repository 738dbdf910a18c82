// The page of an episode: puts video, names, lanes and lists together.
import { oncePerFrame } from "./dom.js";
import { helpRows, listen } from "./keys.js";
import { Lanes } from "./lanes.js";
import { attachMedia } from "./media.js";
import { Moments } from "./moments.js";
import { Names } from "./names.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { Playback } from "./playback.js";
import { format, fromHash, toHash } from "./times.js";

const find = (id) => document.getElementById(id);
const id = find("player").dataset.id, video = find("video"), trouble = find("trouble");

function complain(sentence) {
  trouble.textContent = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  trouble.hidden = false;
  find("loading").hidden = true;
}

const answer = await fetch(`/api/episodes/${id}`).catch((error) => {
  complain("The server cannot be reached");
  throw error;
});
if (!answer.ok) {
  complain((await answer.json()).error);
  throw new Error("the episode cannot be shown");
}
const data = await answer.json();
find("picture").style.setProperty("--aspect", data.width * data.pixel_aspect / data.height);
const names = new Names(data);
const playback = new Playback(find("stage"), video, data);
const overlay = new Overlay(find("names"), video, data, names);
const panel = new Panel(find("on-screen"), find("announce"), data);
const lanes = new Lanes(find("timeline"), data, names);
const moments = new Moments(find("who"), find("moments"), data);
playback.shown_s = () => playback.wanted_s ?? overlay.time_s;

find("names").addEventListener("drawn", ({ detail }) => {
  panel.show(detail.found);
  lanes.setTime(detail.time_s);
  moments.setTime(detail.time_s);
  if (playback.wanted_s === null) playback.showTime(detail.time_s + 0.5 / data.rate);
});

// Deep links, in and out.
const linkTo = (time_s) => location.origin + location.pathname + toHash(time_s);
const remember = () => history.replaceState(null, "", toHash(playback.time_s));
function follow() {
  const time_s = fromHash(location.hash);
  if (time_s !== null) playback.seekTo(time_s);
}
addEventListener("hashchange", follow);
video.addEventListener("pause", remember);
video.addEventListener("seeked", () => { if (video.paused) remember(); });

// The threshold.
const slider = find("threshold");
function setThreshold(value) {
  const threshold = Math.min(1, Math.max(data.threshold, value));
  slider.value = overlay.threshold = threshold;
  find("threshold-value").textContent = `${Math.round(100 * threshold)}%`;
  slider.setAttribute("aria-valuetext", `${Math.round(100 * threshold)}%`);
  overlay.draw();
  showLanes();
}
const showLanes = oncePerFrame(() => lanes.setThreshold(overlay.threshold));
slider.addEventListener("input", () => setThreshold(Number(slider.value)));

function choose(who) {
  const next = who === lanes.chosen ? null : who;
  lanes.choose(next);
  moments.choose(next);
}
lanes.addEventListener("choose", ({ detail }) => choose(detail));
moments.addEventListener("choose", ({ detail }) => choose(detail));
lanes.addEventListener("seek", ({ detail }) => playback.seekTo(detail));
find("moments").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  playback.seekTo(fromHash(new URL(link.href).hash));
  find("stage").scrollIntoView({ block: "nearest" });
});

const help = find("help"), namesButton = find("show-names");
const toggleFollowed = (step) => {
  const all = data.characters.length, from = lanes.chosen ?? (step > 0 ? -1 : all);
  const next = from + step;
  if (next < 0 || next >= all) choose(lanes.chosen);
  else choose(next);
  playback.say(lanes.chosen === null ? "Following everybody" : `Following ${data.characters[lanes.chosen].name}`);
};
function jump(step) {
  const time_s = lanes.neighbour(playback.time_s, step);
  if (time_s === null) playback.say(step > 0 ? "No later appearance" : "No earlier appearance");
  else playback.seekTo(time_s);
}
const actions = {
  jump,
  follow: toggleFollowed,
  changeThreshold: (by) => setThreshold(Number(slider.value) + by),
  toggleNames: () => {
    overlay.isShown = !overlay.isShown;
    namesButton.setAttribute("aria-pressed", String(overlay.isShown));
    overlay.draw();
  },
  toggleHelp: () => { if (help.open) help.close(); else help.showModal(); },
  skip: (step) => find(step > 0 ? "after" : "before")?.click(),
};
for (const name of ["toggle", "seekBy", "seekTo", "step", "changeSpeed", "changeVolume", "toggleMute", "toggleLoop", "toggleFull"])
  actions[name] = (argument) => playback[name](argument);
listen(actions);
find("keys").append(...helpRows());
help.addEventListener("close", () => { if (help.contains(document.activeElement)) document.activeElement.blur(); });
find("help-open").addEventListener("click", actions.toggleHelp);
namesButton.addEventListener("click", actions.toggleNames);
find("next").addEventListener("click", () => jump(1));
find("previous").addEventListener("click", () => jump(-1));

find("copy").addEventListener("click", async () => {
  const link = linkTo(playback.time_s), copied = find("copied");
  remember();
  try {
    await navigator.clipboard.writeText(link);
    playback.say(copied.textContent = `Copied: ${format(playback.time_s)}`);
  } catch {  // only pages of this machine and of https may write to the clipboard
    copied.textContent = link;
    getSelection().selectAllChildren(copied);
    playback.say("The link is shown and selected.");
  }
  copied.hidden = false;
});

setThreshold(data.threshold);
follow();
try {
  await attachMedia(video, `/media/${id}/plan.json`, { onError: complain });
} catch {  // the sentence is shown
}
find("player").dataset.ready = "true";
