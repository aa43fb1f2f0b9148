// Measuring on the slice: distance, angle, region and hematoma volume, in the patient's units.
//
// Points are kept in pixels of the slice (the middle of the first is 0.5, 0.5), so that a
// measurement stays where it is however the slice lies on the screen.

const NEAR = 4; // CSS pixels: a press that moves less is a click
const DOUBLE_MS = 400; // a second click as soon is one with the first
const IN_PLANE = 4; // points of a measurement at most that lie on one slice; a hematoma's ends may not

const TOOLS = {
  distance: { points: 2, steps: ["one end", "the other end"] },
  angle: { points: 3, steps: ["end of one leg", "the vertex", "end of the other leg"] },
  region: { points: 2, steps: ["one corner of the ellipse", "the opposite corner"] },
  volume: {
    points: 6,
    steps: [
      "A, the longest diameter: one end", "A: the other end", "B, across A: one end",
      "B: the other end",
    ],
  },
};

class Measures {
  constructor(viewer) {
    this.viewer = viewer;
    this.unkept = new Unkept(viewer);
    this.clear();
  }

  clear() {
    this.kept = [];
    this.draft = this.proposed = null; // proposed: the volume whose C a click may still correct
    this.awaited = null; // the diameters of one measured before all slices were there
    this.tool = null;
    this.viewer.drawSoon();
  }

  // What the server keeps, of all readers, and what it has not heard of yet.
  merge({ measurements: sent, heard, reader }) {
    this.unkept.hear(heard);
    const { removed } = this.unkept;
    const ids = new Set(sent.map(({ id }) => id));
    const own = this.unkept.measuredBy(reader).filter(({ id }) => !ids.has(id));
    this.kept = [...sent.filter(({ id }) => !removed.has(id)), ...own];
  }

  // the same tool again puts it away
  choose(tool) {
    this.tool = this.tool === tool ? null : tool;
    this.draft = this.proposed = null;
    this.viewer.drawSoon();
  }

  cancel() {
    this.draft = this.proposed = null;
    this.tool = null;
    this.viewer.drawSoon();
  }

  // the reader's own last one on the slice shown: another's stays
  removeLast() {
    const last = this.kept.findLastIndex((each) => !each.by && sliceOf(each) === this.viewer.index);
    if (last < 0) return;
    this.remove(this.kept[last].id);
  }

  remove(id) {
    this.kept = this.kept.filter((each) => each.id !== id);
    if (this.proposed?.id === id) this.proposed = null;
    this.unkept.note({ id, removed: true });
    this.viewer.drawSoon();
  }

  keep(kind, points) {
    const measure = { id: newId(), kind, points };
    this.kept.push(measure);
    this.unkept.note(measure);
    this.viewer.drawSoon();
    return measure;
  }

  // All is drawn on one slice.
  press(point) {
    if (this.draft && sliceOf(this.draft) !== this.viewer.index) this.draft = null;
    this.draft ??= { kind: this.tool, points: [] };
    this.add(point);
  }

  // A press that is dragged sets both ends of a line; one that is not corrects C just proposed.
  release(point, movedBy) {
    const count = this.draft?.points.length;
    if (movedBy > NEAR && count % 2 === 1) this.add(point);
    if (movedBy <= NEAR && count === 1 && this.proposed) this.click(point);
  }

  // The second click of a double one, which shows the whole slice again, ends nothing.
  click(point) {
    const { index } = this.viewer;
    const { at, on, when } = this.clicked ?? {};
    this.clicked = { at: point, on: index, when: performance.now() };
    const isDouble = on === index && isSame(at, point) && performance.now() - when < DOUBLE_MS;
    if (isDouble) this.draft = null;
    else this.endAt(index);
  }

  add(point) {
    const { kind, points } = this.draft;
    const last = points.at(-1);
    if (last && isSame(point, last)) return; // a double click
    points.push({ ...point, slice: this.viewer.index });
    if (points.length > 1) this.proposed = null;
    if (points.length >= TOOLS[kind].steps.length) this.finish();
    this.viewer.drawSoon();
  }

  finish() {
    const { kind, points } = this.draft;
    this.draft = null;
    if (kind !== "volume") this.keep(kind, points);
    else if (this.viewer.volume.has.every(Boolean)) this.propose(points);
    else this.awaited = points; // a slice that is still to come would end C
  }

  // all slices are there
  arrived() {
    if (this.awaited) this.propose(this.awaited);
    this.awaited = null;
  }

  propose(diameters, ends = proposedEnds(this.viewer.volume, diameters)) {
    const [{ x, y }] = diameters;
    this.proposed = this.keep("volume", [...diameters, ...ends.map((slice) => ({ x, y, slice }))]);
  }

  // C of the volume just measured, which ends on another slice
  endAt(index) {
    const { id, points } = this.proposed;
    const [were, ends] = [endsOf(points), correctedEnds(points, index)];
    this.draft = null;
    this.viewer.drawSoon();
    if (String(ends) === String(were)) return;
    this.remove(id);
    this.propose(points.slice(0, IN_PLANE), ends);
  }

  // what to point at next, in words
  get next() {
    if (!this.tool) return "";
    if (this.proposed && !this.draft) return correctionWords(this.proposed.points);
    return `${this.tool}: ${TOOLS[this.tool].steps[this.draft?.points.length ?? 0]}`;
  }

  // what is drawn on the slice shown, the one being made with the pointer as its next point
  shown(pointer) {
    const { index } = this.viewer;
    const here = this.kept.filter((each) => sliceOf(each) === index);
    if (!this.draft || sliceOf(this.draft) !== index || !pointer) return here;
    return [...here, { ...this.draft, points: [...this.draft.points, { ...pointer, slice: index }] }];
  }
}

// Of 128 random bits; crypto.randomUUID is missing where a page is served without encryption.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isSame(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y) < 0.5;
}

// the slice that a measurement stands on: a volume stands where its diameters were measured
function sliceOf({ points }) {
  return points[0].slice;
}

function millimetres(volume, from, to) {
  const [, rowMm, columnMm] = volume.spacing_mm;
  return [(to.x - from.x) * columnMm, (to.y - from.y) * rowMm];
}

function lengthMm(volume, from, to) {
  return Math.hypot(...millimetres(volume, from, to));
}

function angleDegrees(volume, [from, vertex, to]) {
  const [ax, ay] = millimetres(volume, vertex, from);
  const [bx, by] = millimetres(volume, vertex, to);
  return (Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * 180) / Math.PI;
}

// middle and half axes of the ellipse between two corners, in pixels of the slice
function ellipseOf([one, other]) {
  return {
    x: (one.x + other.x) / 2,
    y: (one.y + other.y) / 2,
    across: Math.abs(other.x - one.x) / 2,
    down: Math.abs(other.y - one.y) / 2,
  };
}

// mean, deviation and range of the HU whose pixels' middles lie in the ellipse, and its area
function regionOf(volume, index, points) {
  const { x, y, across, down } = ellipseOf(points);
  const hu = huOfSlice(volume, index);
  const found = [];
  for (let row = Math.max(0, Math.floor(y - down)); row < Math.min(volume.rows, y + down); row++) {
    for (let column = Math.max(0, Math.floor(x - across)); column < Math.min(volume.columns, x + across); column++) {
      const off = ((column + 0.5 - x) / across) ** 2 + ((row + 0.5 - y) / down) ** 2;
      if (off <= 1) found.push(hu[row * volume.columns + column]);
    }
  }
  const [, rowMm, columnMm] = volume.spacing_mm;
  const areaMm2 = Math.PI * across * columnMm * down * rowMm;
  if (!found.length) return { areaMm2 };
  const mean = found.reduce((sum, hu) => sum + hu, 0) / found.length;
  const spread = found.reduce((sum, hu) => sum + (hu - mean) ** 2, 0) / found.length;
  const least = found.reduce((a, b) => Math.min(a, b));
  const most = found.reduce((a, b) => Math.max(a, b));
  return { areaMm2, mean, deviation: Math.sqrt(spread), least, most };
}

const wordsKept = new WeakMap(); // a region counts all its pixels: once is enough

// what a measurement says; nothing before it has all that it needs
function wordsOf(volume, measure) {
  if (!wordsKept.has(measure)) {
    const said = valueOf(volume, measure);
    wordsKept.set(measure, said && measure.by ? `${said} · ${measure.by}` : said);
  }
  return wordsKept.get(measure);
}

function valueOf(volume, { kind, points }) {
  if (points.length < TOOLS[kind].points) return "";
  if (kind === "distance") return `${lengthMm(volume, ...points).toFixed(1)} mm`;
  if (kind === "angle") return `${angleDegrees(volume, points).toFixed(1)}°`;
  if (kind === "volume") return volumeWords(volume, points);
  const { areaMm2, mean, deviation, least, most } = regionOf(volume, points[0].slice, points);
  const area = `${(areaMm2 / 100).toFixed(2)} cm²`;
  if (mean === undefined) return area;
  return `${mean.toFixed(1)} ± ${deviation.toFixed(1)} HU (${least} to ${most}), ${area}`;
}
