// The page of all episodes: small lanes as cards come into view, the filter, and the progress of an analysis.
import { oncePerFrame } from "./dom.js";

const grid = document.getElementById("grid"), POLL_MS = 1500, BATCH = 60;
let wanted = new Map(), known = null;

function draw(canvas, lanes, steps) {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  context.scale(scale, scale);
  lanes.forEach((lane, row) => {
    const y = row * 5;
    context.fillStyle = style.getPropertyValue("--soft");
    context.fillRect(0, y, width, 4);
    context.fillStyle = lane.colour;
    for (const [start, end] of lane.bars) context.fillRect(width * start / steps, y, Math.max(1, width * (end - start) / steps), 4);
  });
}

const load = oncePerFrame(async () => {
  const cards = [...wanted].slice(0, BATCH);
  for (const [id] of cards) wanted.delete(id);
  if (!cards.length) return;
  if (wanted.size) load();
  const answer = await fetch("/api/lanes?ids=" + cards.map(([id]) => id).join(","));
  if (!answer.ok) return;
  const { lanes, steps } = await answer.json();
  for (const [id, card] of cards) {
    const canvas = card.querySelector("canvas");
    if (!lanes[id] || !canvas) continue;
    const paint = () => draw(canvas, lanes[id], steps);
    paint();
    painted.set(canvas, paint);
    sizes.observe(canvas);
  }
});

const painted = new WeakMap();
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => painted.get(target)?.()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const canvas of grid.querySelectorAll("canvas")) painted.get(canvas)?.();
});

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    wanted.set(target.dataset.id, target);
  }
  load();
}, { rootMargin: "300px" });
const watch = () => grid.querySelectorAll(".card").forEach((card) => seen.observe(card));

const filter = document.getElementById("filter");
function applyFilter() {
  const words = filter ? filter.value.trim().toLowerCase() : "";
  let shown = 0;
  for (const season of grid.querySelectorAll(".season")) {
    let inSeason = 0;
    for (const card of season.querySelectorAll(".card")) {
      const fits = !words || card.textContent.toLowerCase().includes(words);
      card.hidden = !fits;
      inSeason += fits;
    }
    season.hidden = !inSeason;
    shown += inSeason;
  }
  document.getElementById("nothing").hidden = shown > 0 || !words;
}
if (filter) {
  filter.closest("label").hidden = false;
  filter.addEventListener("input", oncePerFrame(applyFilter));
}

async function showEpisodes() {
  const answer = await fetch("/grid");
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  grid.replaceChildren(...page.body.childNodes);
  document.getElementById("empty")?.remove();
  applyFilter();
  watch();
}

async function poll() {
  const answer = await fetch("/api/progress");
  if (!answer.ok) return;
  const state = await answer.json(), box = document.getElementById("progress");
  box.hidden = !state.running;
  document.getElementById("progress-bar").value = state.share;
  document.getElementById("progress-text").textContent = `${state.done} of ${state.videos} done`;
  const problems = document.getElementById("problems");
  problems.hidden = !state.problems.length;
  problems.replaceChildren(...state.problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
  if (known !== null && state.episodes !== known) await showEpisodes();
  if (!state.running && known !== null && box.dataset.ran) document.getElementById("status").textContent = "The analysis is complete.";
  known = state.episodes;
  if (state.running) {
    box.dataset.ran = "true";
    setTimeout(poll, POLL_MS);
  }
}

watch();
if (!document.getElementById("progress").hidden) {
  known = grid.querySelectorAll(".card").length;
  poll();
}
