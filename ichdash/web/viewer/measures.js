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
    this.drop();
    this.awaited = null; // the diameters of one measured before all slices were there
    this.tool = null;
    this.viewer.drawSoon();
  }

  // what is being made
  drop() {
    this.draft = this.proposed = null; // proposed: the volume whose C a click may still correct
    this.before = null; // what a press may have to give back
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
    this.drop();
    this.viewer.drawSoon();
  }

  cancel() {
    this.drop();
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
    this.before?.made.push(measure.id); // a last point is set by the press itself
    this.unkept.note(measure);
    this.viewer.drawSoon();
    return measure;
  }

  // All is drawn on one slice.
  press(point) {
    if (this.draft && sliceOf(this.draft) !== this.viewer.index) this.draft = null;
    this.draft ??= { kind: this.tool, points: [] };
    const { awaited, draft } = this;
    this.before = { made: [], awaited, draft: { ...draft, points: [...draft.points] } };
    this.add(point);
  }

  // The press was none: a second finger landed, or the slice changed under it.
  takeBack() {
    if (!this.before) return;
    const { made, awaited, draft } = this.before;
    for (const id of made) this.remove(id);
    this.awaited = awaited;
    this.draft = draft.points.length ? draft : null;
    this.before = null;
    this.viewer.drawSoon();
  }

  // A press that is dragged sets both ends of a line; one that is not corrects C just proposed.
  release(point, movedBy) {
    if (this.draft && sliceOf(this.draft) !== this.viewer.index) return this.takeBack();
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
