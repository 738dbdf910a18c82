// What keys and buttons do with the video.
import { format } from "./times.js";

const MIN_SPEED = 0.1, MAX_SPEED = 8, IDLE_MS = 2500, LATE_MS = 400;

export class Playback extends EventTarget {
  /** `stage` holds the video and its controls; `length_s` is that of the episode. */
  constructor(stage, video, { rate, duration_s: length_s }) {
    super();
    Object.assign(this, { stage, video, rate, length_s, start_s: 0, wanted_s: null });
    const find = (id) => document.getElementById(id);
    this.seekBar = find("seek");
    this.now = find("now");
    find("play").addEventListener("click", () => this.toggle());
    find("mute").addEventListener("click", () => this.toggleMute());
    find("full").addEventListener("click", () => this.toggleFull());
    find("picture").addEventListener("click", () => this.toggle());
    find("picture").addEventListener("dblclick", () => this.toggleFull());
    this.seekBar.addEventListener("input", () => this.seekTo(Number(this.seekBar.value)));
    for (const event of ["play", "pause", "ended"]) video.addEventListener(event, () => this.showState());
    video.addEventListener("volumechange", () => this.showState());
    video.addEventListener("seeked", () => { this.wanted_s = null; });
    video.addEventListener("loadedmetadata", () => { if (this.wanted_s !== null) video.currentTime = this.wanted_s + this.start_s; });
    this.showLoading();
    this.hideControls();
    this.showState();
  }

  /** Time in seconds, of the frame that is shown or will be. */
  get time_s() { return this.wanted_s ?? Math.max(0, this.video.currentTime - this.start_s); }

  seekTo(time_s) {
    const end_s = Math.max(0, this.length_s - 0.5 / this.rate);
    this.wanted_s = Math.min(Math.max(0, time_s), end_s);
    // A little later than the frame begins: times are rounded, and the frame before must not be shown.
    if (this.video.readyState) this.video.currentTime = this.wanted_s + this.start_s + 0.001;
    this.showTime(this.wanted_s);
    this.dispatchEvent(new CustomEvent("sought", { detail: this.wanted_s }));
  }

  showTime(time_s) {
    this.seekBar.value = time_s;
    this.seekBar.setAttribute("aria-valuetext", format(time_s));
    const text = format(time_s);
    if (this.now.textContent !== text) this.now.textContent = text;
  }

  showState() {
    const { stage, video } = this, play = document.getElementById("play"), mute = document.getElementById("mute");
    stage.classList.toggle("playing", !video.paused);
    stage.classList.toggle("muted", video.muted);
    play.setAttribute("aria-label", video.paused ? "Play" : "Pause");
    mute.setAttribute("aria-pressed", String(video.muted));
  }

  say(text) { document.getElementById("status").textContent = text; }

  toggle() { if (this.video.paused) this.video.play().catch(() => this.showState()); else this.video.pause(); }
  seekBy(seconds) { this.seekTo(this.time_s + seconds); }
  step(frames) { this.video.pause(); this.seekTo(this.shown_s() + frames / this.rate); }
  changeSpeed(factor) {
    this.video.playbackRate = factor ? Math.min(MAX_SPEED, Math.max(MIN_SPEED, this.video.playbackRate * factor)) : 1;
    this.say(`Speed ${Math.round(100 * this.video.playbackRate)}%`);
  }
  changeVolume(by) {
    this.video.volume = Math.min(1, Math.max(0, this.video.volume + by));
    this.say(`Volume ${Math.round(100 * this.video.volume)}%`);
  }
  toggleMute() { this.video.muted = !this.video.muted; this.say(this.video.muted ? "Muted" : "Sound on"); }
  toggleLoop() { this.video.loop = !this.video.loop; this.say(this.video.loop ? "Loop on" : "Loop off"); }
  toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.stage.requestFullscreen) this.stage.requestFullscreen().catch(() => {});
    else this.video.webkitEnterFullscreen?.();  // iPhones have nothing else
  }

  /** Start of the frame that is shown; replaced by what the overlay knows exactly. */
  shown_s = () => this.time_s;

  /** Say so if the picture is late. */
  showLoading() {
    const loading = document.getElementById("loading");
    let timer = 0;
    const end = () => { clearTimeout(timer); loading.hidden = true; };
    const begin = () => { clearTimeout(timer); timer = setTimeout(() => { loading.hidden = Boolean(this.video.error); }, LATE_MS); };
    for (const event of ["loadstart", "waiting", "seeking"]) this.video.addEventListener(event, begin);
    for (const event of ["canplay", "playing", "seeked", "error", "emptied"]) this.video.addEventListener(event, end);
  }

  hideControls() {
    let timer = 0;
    const wake = () => {
      this.stage.classList.remove("idle");
      clearTimeout(timer);
      timer = setTimeout(() => this.stage.classList.toggle("idle", !this.video.paused && !this.stage.querySelector(".controls :focus-visible")), IDLE_MS);
    };
    for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) this.stage.addEventListener(event, wake);
    this.video.addEventListener("play", wake);
    this.video.addEventListener("pause", wake);
  }
}
