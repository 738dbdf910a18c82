// Where name plates go: next to heads, without covering faces or each other. As in the player.

const PLATE_COST = 3, FACE_COST = 1.5, JUMP_COST = 0.4, AMBIGUITY_COST = 0.6;

const shared = (a, b) =>
  Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
const distance = (a, b) =>
  Math.hypot(Math.max(a[0] - b[2], b[0] - a[2], 0), Math.max(a[1] - b[3], b[1] - a[3], 0));

function candidates([left, top, right, bottom], width, height, gap) {
  const middle = (left + right - width) / 2, above = top - gap - height, below = bottom + gap;
  const before = left - gap - width, after = right + gap;
  return [
    [middle, above], [middle, below], [after, top], [before, top], [left, above], [right - width, above], [left, below],
    [right - width, below], [after, bottom - height], [before, bottom - height], [middle, top + gap], [middle, bottom - gap - height],
  ];
}

export class Plates {
  constructor() { this.positions = new Map(); }

  /** Begin a frame. `heads` maps keys to boxes; `cut` forgets where plates were. */
  start(heads, occupied, cut) {
    if (cut) this.positions.clear();
    for (const key of this.positions.keys()) if (!heads.has(key)) this.positions.delete(key);
    this.heads = heads;
    this.occupied = occupied;
    this.plates = [];
  }

  /** The box of a plate of a size at a head, inside a frame of a size. */
  place(key, width, height, frameWidth, frameHeight) {
    const head = this.heads.get(key), gap = Math.max(2, frameHeight / 160), area = width * height;
    const before = this.positions.get(key);
    let best = null;
    candidates(head, width, height, gap).forEach(([x, y], index) => {
      const left = Math.min(Math.max(0, x), Math.max(0, frameWidth - width));
      const top = Math.min(Math.max(0, y), Math.max(0, frameHeight - height));
      const box = [left, top, left + width, top + height];
      const own = distance(box, head);
      let cost = (Math.abs(top - y) + Math.max(0, Math.abs(left - x) - width / 2)) * width;
      for (const plate of this.plates) cost += PLATE_COST * shared(box, plate);
      for (const other of this.occupied) cost += shared(box, other);
      let isAmbiguous = false;
      for (const [name, face] of this.heads) {
        cost += FACE_COST * shared(box, face);
        if (name !== key && distance(box, face) < own) isAmbiguous = true;
      }
      if (isAmbiguous) cost += AMBIGUITY_COST * area;
      if (before !== undefined && before !== index) cost += JUMP_COST * area;
      if (!best || cost < best.cost) best = { cost, index, box };
    });
    this.positions.set(key, best.index);
    this.plates.push(best.box);
    return best.box;
  }
}
