// Draws brackets and name plates over the video, in step with its frames.
import { Plates } from "./plates.js";

const PLATE = "rgba(22, 24, 28, 0.82)", ARM = 0.22, TEXT_SHARE = 0.6 / 16, MIN_TEXT_PX = 11, MAX_NAME = 32;

export class Overlay {
  /**
   * Draws on `canvas`, over `video`. `data` is that of the episode, `names` its `Names`.
   *
   * After each frame, the canvas gets an event `drawn`, whose detail has the `mediaTime` of the frame, its `time_s`
   * in the episode, and what was `found` at that time.
   */
  constructor(canvas, video, data, names) {
    Object.assign(this, { canvas, video, data, names, threshold: data.threshold, isShown: true, hasFrame: false, start_s: 0 });
    this.context = canvas.getContext("2d");
    this.plates = new Plates();
    this.shot = -1;
    this.time_s = 0;  // of the frame that is shown
    this.mediaTime = 0;
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.follow();
  }

  /** Draw again whenever the video shows another frame. */
  follow() {
    const { video } = this;
    if ("requestVideoFrameCallback" in video) {
      const show = (now, { mediaTime }) => {
        video.requestVideoFrameCallback(show);
        this.show(mediaTime);
      };
      video.requestVideoFrameCallback(show);
    } else {
      const show = () => {
        requestAnimationFrame(show);
        if (video.currentTime !== this.mediaTime) this.show(video.currentTime);
      };
      requestAnimationFrame(show);
    }
  }

  /** A frame is shown, with this time in the media. */
  show(mediaTime) {
    this.hasFrame = true;
    this.mediaTime = mediaTime;
    this.time_s = mediaTime - this.start_s;
    this.draw();
  }

  /** Where the picture is within the canvas, in pixels of the page. */
  area() {
    const { width, height, pixel_aspect } = this.data;
    const across = this.canvas.clientWidth, down = this.canvas.clientHeight;
    const scale = Math.min(across / (width * pixel_aspect), down / height);
    const size = [width * pixel_aspect * scale, height * scale];
    return { left: (across - size[0]) / 2, top: (down - size[1]) / 2, width: size[0], height: size[1], x: size[0] / width, y: size[1] / height };
  }

  draw() {
    const { canvas, context } = this, scale = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    if (!this.hasFrame) return;
    const found = this.names.at(this.time_s, this.threshold);
    if (this.isShown && found.length) this.drawNames(found);
    canvas.dispatchEvent(new CustomEvent("drawn", { detail: { mediaTime: this.mediaTime, time_s: this.time_s, found } }));
  }

  drawNames(found) {
    const { context } = this, area = this.area();
    const textPx = Math.max(MIN_TEXT_PX, area.height * TEXT_SHARE);
    context.save();
    context.translate(area.left, area.top);
    context.beginPath();
    context.rect(0, 0, area.width, area.height);
    context.clip();
    const scaled = ({ box }) => [box[0] * area.x, box[1] * area.y, box[2] * area.x, box[3] * area.y];
    const heads = new Map(), occupied = [];
    for (const one of found) if (one.track >= 0) heads.set(one.track + "/" + one.who, scaled(one));
    for (const one of found.filter((one) => one.track < 0)) {
      const box = scaled(one), size = this.plateSize(one, textPx);
      const left = box[0] + textPx, top = box[3] - textPx - size[1];
      occupied.push([left, top, left + size[0], top + size[1]]);
      this.drawPlate(one, left, top, size, textPx);
    }
    const shot = this.names.shotAt(this.time_s);
    this.plates.start(heads, occupied, shot !== this.shot);
    this.shot = shot;
    for (const one of found) if (one.track >= 0) this.drawBracket(scaled(one), this.colour(one), Math.max(1.5, area.height / 240));
    for (const one of found) {
      if (one.track < 0) continue;
      const size = this.plateSize(one, textPx);
      const [left, top] = this.plates.place(one.track + "/" + one.who, ...size, area.width, area.height);
      this.drawPlate(one, left, top, size, textPx);
    }
    context.restore();
  }

  colour = ({ who }) => this.data.characters[who].colour;

  text({ who, probability }) {
    const name = this.data.characters[who].name;
    return [name.length > MAX_NAME ? name.slice(0, MAX_NAME - 1) + "…" : name, Math.round(100 * probability) + "%"];
  }

  plateSize(one, textPx) {
    const { context } = this, [name] = this.text(one);
    context.font = `600 ${textPx}px system-ui, sans-serif`;
    const nameWidth = context.measureText(name).width;
    context.font = `400 ${textPx}px system-ui, sans-serif`;
    return [nameWidth + context.measureText("100%").width + 1.5 * textPx, textPx * 1.85];
  }

  drawPlate(one, left, top, [width, height], textPx) {
    const { context } = this, pad = textPx / 2, [name, percent] = this.text(one), bar = Math.max(2, textPx / 6);
    context.fillStyle = PLATE;
    context.beginPath();
    context.roundRect(left, top, width, height, textPx / 4);
    context.fill();
    context.fillStyle = "#fff";
    context.textBaseline = "alphabetic";
    context.font = `600 ${textPx}px system-ui, sans-serif`;
    context.fillText(name, left + pad, top + textPx * 1.15);
    context.font = `400 ${textPx}px system-ui, sans-serif`;
    context.textAlign = "right";
    context.fillText(percent, left + width - pad, top + textPx * 1.15);
    context.textAlign = "left";
    const length = width - 2 * pad, y = top + height - bar - pad / 2.5;
    context.fillStyle = this.colour(one);
    context.globalAlpha = 0.3;
    context.fillRect(left + pad, y, length, bar);
    context.globalAlpha = 1;
    context.fillRect(left + pad, y, length * one.probability, bar);
  }

  drawBracket([left, top, right, bottom], colour, line) {
    const { context } = this, arm = Math.max(4, ARM * Math.min(right - left, bottom - top));
    context.beginPath();
    for (const [x, y, across, down] of [[left, top, 1, 1], [right, top, -1, 1], [left, bottom, 1, -1], [right, bottom, -1, -1]]) {
      context.moveTo(x, y + down * arm);
      context.lineTo(x, y);
      context.lineTo(x + across * arm, y);
    }
    for (const [style, width] of [["#16181c", line + 2], [colour, line]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    }
  }
}
