// Coronal and sagittal beside the slice, with a crosshair that stands at one place in all three.

const CROSS_COLOR = "rgb(43 179 192 / 80%)"; // the accent of what can be moved
const CROSS_GAP = 12; // CSS pixels around the crossing
const BRIGHT = 0.9; // of the most evidence on a slice: the crosshair starts in the middle of it
const ACROSS_STEP_MM = 1; // the wheel moves a plane across the slices by this
const KINDS = ["coronal", "sagittal"];
const PANE_SIDES = { coronal: ["R", "L"], sagittal: ["A", "P"] };

class Panes {
  constructor(viewer) {
    this.viewer = viewer;
    this.isOn = false;
    this.cross = null; // { x, y } in pixels of the slice; the third coordinate is the slice shown
    this.panes = KINDS.map((kind) => new Pane(kind, this));
  }

  // What was stored before the tilt of the gantry was told would be drawn askew.
  get canOpen() {
    return this.viewer.volume?.shear !== undefined && this.viewer.volume.slices > 1;
  }

  // nothing of the last study stays, also where the next one's images never come
  clear() {
    this.cross = null;
    this.isOn = false;
    this.viewer.find(".panes").hidden = true;
    for (const pane of this.panes) pane.clear();
  }

  fit() {
    for (const pane of this.panes) pane.fit();
  }

  toggle() {
    this.isOn = !this.isOn && this.canOpen;
    if (this.isOn) this.cross ??= this.firstCross();
    this.viewer.drawSoon();
  }

  // where the model looked on this slice, else the middle
  firstCross() {
    const { volume, heatmap, index } = this.viewer;
    if (!heatmap) return { x: volume.columns / 2, y: volume.rows / 2 };
    const { values, rows, columns } = heatOfSlice(heatmap, index);
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    const bright = [...values.keys()].filter((i) => most && values[i] > BRIGHT * most);
    if (!bright.length) return { x: volume.columns / 2, y: volume.rows / 2 };
    const mean = (of) => bright.reduce((sum, i) => sum + of(i) + 0.5, 0) / bright.length;
    const [row, column] = [mean((i) => Math.floor(i / columns)), mean((i) => i % columns)];
    return { x: (column * volume.columns) / columns, y: (row * volume.rows) / rows };
  }

  pointAt({ x, y }) {
    const { columns, rows } = this.viewer.volume;
    this.cross = { x: Math.min(columns - 0.5, Math.max(0.5, x)), y: Math.min(rows - 0.5, Math.max(0.5, y)) };
    this.viewer.drawSoon();
  }

  draw(scene) {
    this.viewer.find(".panes").hidden = !this.isOn;
    if (this.isOn) for (const pane of this.panes) pane.draw(scene, this.cross);
  }
}

class Pane {
  constructor(kind, panes) {
    this.kind = kind;
    this.panes = panes;
    this.viewer = panes.viewer;
    this.picture = new Picture(this.viewer.find(`.pane.${kind}`));
    this.view = FIRST_VIEW;
    new Gestures(this.picture.canvas, this);
  }

  clear() {
    this.view = FIRST_VIEW;
    this.picture.clear();
  }

  get lay() {
    return layOf(this.viewer.volume, this.kind, this.picture.size, this.view);
  }

  // What the gestures on the plane do.

  draggedAt() {
    return "place";
  }

  // the place pointed at is where the slice and the other plane go
  placeAt(point) {
    const { volume } = this.viewer;
    const { across, mm } = planePoint(volume, this.lay, point);
    const { cross } = this.panes;
    this.panes.pointAt(this.kind === "coronal" ? { ...cross, x: across } : { ...cross, y: across });
    this.viewer.goTo(nearestSlice(volume, mm));
  }

  step(planes) {
    const [, rowMm, columnMm] = this.viewer.volume.spacing_mm;
    const { cross } = this.panes;
    const by = planes * ACROSS_STEP_MM;
    const isCoronal = this.kind === "coronal";
    this.panes.pointAt(isCoronal ? { ...cross, y: cross.y + by / rowMm } : { ...cross, x: cross.x + by / columnMm });
  }

  zoomBy(factor, x, y) {
    this.see(zoomedBy(this.view, this.picture.size, factor, x, y));
  }

  panBy(dx, dy) {
    this.see(pannedBy(this.view, dx, dy));
  }

  fit() {
    this.see(fitted(this.view));
  }

  see(view) {
    this.view = view;
    this.viewer.drawSoon();
  }

  get window() {
    return this.viewer.window;
  }

  setWindow(shown) {
    this.viewer.setWindow(shown);
  }

  point() {}

  click() {}

  // A plane cuts through all slices: one that is not there yet would be drawn as tissue of 0 HU.
  draw(scene, cross) {
    if (!scene.volume.has.every(Boolean)) return this.wait();
    const { picture, kind, lay } = this;
    const { volume, slab, window: shown, isInverted, heat, heatmap } = scene;
    const plane = Math.floor(kind === "coronal" ? cross.y : cross.x);
    if (picture.changed("table", volume, shown, isInverted)) picture.table = grayTable(shown, volume, isInverted);
    if (picture.changed("slice", picture.table, plane, slab)) this.paint(volume, plane, slab);
    picture.begin();
    picture.drawLaid(picture.slice, lay);
    if (heat.on && heatmap) this.drawHeat(scene, plane, lay);
    this.write(scene, lay, cross);
    picture.canvas.dataset.plane = plane + 1;
    picture.canvas.dataset.zoom = this.view.zoom.toFixed(1);
  }

  wait() {
    const { context, size } = this.picture;
    this.picture.clear();
    delete this.picture.canvas.dataset.plane;
    writeCorner(context, size, [`${this.kind}: loading…`], "left", "top");
  }

  paint(volume, plane, slab) {
    const { width } = runOf(volume, this.kind);
    const hu = between(volume, huOfPlane(volume, this.kind, plane, slab), width);
    paint(this.picture.slice, hu, width, this.picture.table);
  }

  drawHeat({ volume, heat, heatmap }, plane, lay) {
    const { picture, kind } = this;
    const cells = { ...heatmap, hu: heatmap.values };
    const { width } = runOf(cells, kind);
    const whole = kind === "coronal" ? volume.rows : volume.columns;
    const cell = Math.floor((plane * (kind === "coronal" ? heatmap.rows : heatmap.columns)) / whole);
    if (picture.changed("heat", heatmap, cell, heat.floor)) {
      const values = between(volume, Uint8Array.from(highestOf(cells.hu, runOf(cells, kind), [[cell]])), width);
      paintHeat(picture.heat, { values, rows: values.length / width, columns: width }, heat.floor);
    }
    const { width: pixels } = runOf(volume, kind);
    const [across, down] = [pixels / picture.heat.width, linesOf(volume).lines.length / picture.heat.height];
    const [a, b, c, d, x, y] = lay;
    picture.context.globalAlpha = heat.opacity;
    picture.drawLaid(picture.heat, [a * across, b * across, c, d * down, x, y]);
    picture.context.globalAlpha = 1;
  }

  // the slice shown as a line, the other plane as another, sides and kind in the corners
  write({ volume, index }, lay, cross) {
    const { context, size } = this.picture;
    const { width } = runOf(volume, this.kind);
    const mm = volume.positions_mm[index];
    const at = this.kind === "coronal" ? cross.x : cross.y;
    const { lines, pitch, highest } = linesOf(volume);
    shadeLetters(context);
    const ends = [highest, highest - lines.length * pitch];
    const crossing = layPoint(volume, lay, at, mm);
    for (const end of [layPoint(volume, lay, 0, mm), layPoint(volume, lay, width, mm)]) strokeTo(context, crossing, end);
    for (const end of ends) strokeTo(context, crossing, layPoint(volume, lay, at, end));
    writeCorner(context, size, [this.kind], "left", "top");
    const [left, right] = PANE_SIDES[this.kind];
    writeEdges(context, size, [[left, -1, 0], [right, 1, 0], ["H", 0, -1], ["F", 0, 1]], 0);
  }
}

// a line of the crosshair from its crossing to an end, open at first: what it points at is seen
function strokeTo(context, { x, y }, end) {
  const length = Math.hypot(end.x - x, end.y - y);
  if (length <= CROSS_GAP) return;
  const part = CROSS_GAP / length;
  context.strokeStyle = CROSS_COLOR;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x + (end.x - x) * part, y + (end.y - y) * part);
  context.lineTo(end.x, end.y);
  context.stroke();
}

// across the whole picture of the slice
function drawCross(context, { width, height }, { x, y }) {
  const ends = [{ x: 0, y }, { x: width, y }, { x, y: 0 }, { x, y: height }];
  for (const end of ends) strokeTo(context, { x, y }, end);
}
