// Plays a video of the server in a <video>: the file itself, HLS (Safari), or segments through Media Source
// Extensions. Times of the video are those of the file.

const AHEAD_S = 20; // how far to fetch before the picture
const BEHIND_S = 30; // how much to keep after it
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

/**
 * Attach a video to an element.
 * @param {HTMLVideoElement} video
 * @param {string} planUrl address of plan.json
 * @param {{onError?: (words: string) => void}} [options] onError is told what failed, in one line
 * @returns {Promise<{plan: object, mode: "direct"|"hls"|"mse", detach: () => void}>}
 */
export async function attachMedia(video, planUrl, { onError = console.error } = {}) {
  const base = new URL(planUrl, document.baseURI);
  const answer = await fetch(base).catch((error) => {
    onError("the server cannot be reached");
    throw error;
  });
  if (!answer.ok) {
    const words = (await answer.text()) || `the server answers ${answer.status}`;
    onError(words);
    throw new Error(words);
  }
  const plan = await answer.json();
  const at = (path) => new URL(path, base).href;
  const MediaSourceClass = window.ManagedMediaSource ?? window.MediaSource;
  const usesSegments = MediaSourceClass?.isTypeSupported(plan.segment_mime) ?? false;
  const playsHls = video.canPlayType("application/vnd.apple.mpegurl") !== "";

  const attachment = { plan, mode: "", detach: () => {} };
  const play = (mode, source) => {
    attachment.mode = mode;
    video.src = source;
  };
  const playSegments = () => {
    const apple = playsHls && /Apple/.test(navigator.vendor);
    if (apple || (!usesSegments && playsHls)) return play("hls", at(plan.hls));
    if (!usesSegments) return onError("this browser plays neither H.264 nor HLS");
    attachment.mode = "mse";
    const player = new SegmentPlayer(video, plan, at, new MediaSourceClass(), onError);
    attachment.stop = () => player.stop();
  };

  // A browser that refuses the file, or fails on it, is given the segments.
  let retries = 0;
  const failed = () => {
    if (video.error?.code === MediaError.MEDIA_ERR_NETWORK && retries < RETRY_MS.length) {
      const { currentTime, paused } = video;
      setTimeout(() => {
        video.load();
        video.currentTime = currentTime;
        if (!paused) video.play().catch(() => {});
      }, RETRY_MS[retries++]);
      return;
    }
    if (attachment.mode === "direct" && video.error?.code >= MediaError.MEDIA_ERR_DECODE) {
      const { currentTime, paused } = video;
      playSegments();
      video.currentTime = currentTime;
      if (!paused) video.play().catch(() => {});
    } else if (video.error) {
      onError(`the video cannot be played: ${video.error.message || `error ${video.error.code}`}`);
    }
  };
  video.addEventListener("error", failed);
  attachment.detach = () => {
    video.removeEventListener("error", failed);
    attachment.stop?.();
    video.removeAttribute("src");
    video.load();
  };

  if (plan.kind === "direct" && video.canPlayType(plan.mime) !== "") play("direct", at(plan.file));
  else playSegments();
  return attachment;
}

/** Keeps the segments around the current time in the buffer of a video. */
class SegmentPlayer {
  constructor(video, plan, at, source, onError) {
    Object.assign(this, { video, plan, at, source, onError });
    this.appended = new Set();
    this.address = URL.createObjectURL(source);
    this.stopped = new AbortController();
    const on = (target, name, action) => target.addEventListener(name, action, { signal: this.stopped.signal });
    on(source, "sourceopen", () => this.open());
    on(video, "seeking", () => this.seek());
    on(video, "timeupdate", () => this.fill());
    on(video, "waiting", () => this.skipGap());
    video.disableRemotePlayback = true; // ManagedMediaSource asks for it
    video.src = this.address;
  }

  stop() {
    this.stopped.abort();
    this.fetching?.abort();
    URL.revokeObjectURL(this.address);
  }

  async open() {
    if (this.buffer) return;
    this.buffer = this.source.addSourceBuffer(this.plan.segment_mime);
    this.source.duration = this.plan.duration_s;
    this.busy = true;
    try {
      const head = await this.get(this.plan.init, this.stopped.signal);
      await this.update(() => this.buffer.appendBuffer(head));
    } catch (error) {
      if (error.name !== "AbortError") this.onError(error.message);
      return;
    } finally {
      this.busy = false;
    }
    this.fill();
  }

  /** What is being fetched for another place is of no use. */
  seek() {
    if (this.wanted() !== this.loading) this.fetching?.abort();
    this.fill();
    this.skipGap();
  }

  /** Number of the first segment from the current time on that is not in the buffer; undefined if none. */
  wanted() {
    const now = this.video.currentTime;
    const number = this.plan.segments.findIndex(
      ([start, length], n) =>
        (start + length > now || n === this.plan.segments.length - 1) && !this.appended.has(n),
    );
    return number >= 0 && this.plan.segments[number][0] < now + AHEAD_S ? number : undefined;
  }

  async fill() {
    if (this.busy || !this.buffer || this.stopped.signal.aborted) return;
    this.busy = true;
    try {
      for (let number; (number = this.wanted()) !== undefined; ) {
        this.fetching = new AbortController();
        this.loading = number;
        try {
          const data = await this.get(this.plan.segment.replace("{n}", number), this.fetching.signal);
          await this.append(number, data);
        } catch (error) {
          if (this.stopped.signal.aborted) return;
          if (error.name !== "AbortError") throw error;
        } finally {
          this.loading = undefined;
        }
        this.skipGap();
      }
      const last = this.plan.segments.length - 1;
      if (this.appended.has(last) && this.source.readyState === "open") this.source.endOfStream();
    } catch (error) {
      this.onError(error.message);
    } finally {
      this.busy = false;
    }
  }

  async append(number, data) {
    this.appended.add(number);
    if (data.byteLength === 0) return; // the file ends before its header says
    for (let keep = BEHIND_S; ; keep = Math.floor(keep / 2)) {
      try {
        await this.evict(keep);
        await this.update(() => this.buffer.appendBuffer(data));
        return;
      } catch (error) {
        if (error.name === "QuotaExceededError" && keep > 0) continue;
        this.appended.delete(number);
        throw error;
      }
    }
  }

  /** Remove what lies farther from the current time than this many seconds behind, or far ahead. */
  async evict(keep_s) {
    const now = this.video.currentTime;
    for (const number of [...this.appended]) {
      const [start, length] = this.plan.segments[number];
      const isNear = start + length > now - keep_s && start < now + AHEAD_S + BEHIND_S;
      if (isNear || number === this.loading) continue;
      await this.update(() => this.buffer.remove(start, start + length));
      this.appended.delete(number);
    }
  }

  /** Pictures may start after the sound, and a damaged file may lack some: go on where there is one. */
  skipGap() {
    const { currentTime: now, buffered, paused, seeking } = this.video;
    if (paused && !seeking && now > 0) return;
    for (let n = 0; n < buffered.length; n++) {
      if (buffered.start(n) <= now && now < buffered.end(n)) return;
      const segment = this.plan.segments.findIndex(([start, length]) => start <= now && now < start + length);
      const isKnown = segment < 0 || this.appended.has(segment);
      if (buffered.start(n) > now && isKnown && this.appended.size) {
        if (buffered.start(n) - now < AHEAD_S) this.video.currentTime = buffered.start(n) + 0.001;
        return;
      }
    }
  }

  update(action) {
    return new Promise((resolve, reject) => {
      const events = new AbortController();
      const settle = (result) => () => (events.abort(), result());
      const failed = () => reject(new Error("the browser cannot decode a segment of the video"));
      this.buffer.addEventListener("updateend", settle(resolve), { signal: events.signal });
      this.buffer.addEventListener("error", settle(failed), { signal: events.signal });
      try {
        action();
      } catch (error) {
        events.abort();
        reject(error);
      }
    });
  }

  /** The bytes of an address; tried again when the network or the server fails. */
  async get(path, signal) {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await fetch(this.at(path), { signal });
        if (answer.ok) return await answer.arrayBuffer();
        if (answer.status < 500) throw Object.assign(new Error(await answer.text()), { final: true });
        throw new Error(`the server answers ${answer.status}`);
      } catch (error) {
        if (error.name === "AbortError" || error.final || attempt >= RETRY_MS.length) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[attempt]));
        if (signal.aborted) throw new DOMException("no longer wanted", "AbortError");
      }
    }
  }
}
