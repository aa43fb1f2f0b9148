// How the slices are shown: window, slab, inversion, heatmap, zoom and turn. What is drawn with it,
// and from when on, is the viewer's matter.

const OWN = "own"; // the name of a window that was dragged

class Look {
  constructor() {
    this.windows = [];
    this.heat = { ...FIRST_HEAT };
    this.startAgain();
  }

  // as a study opens
  startAgain() {
    this.window = this.windows[0];
    this.isInverted = false;
    this.slab = SLABS[0];
    this.view = { ...FIRST_VIEW };
  }

  setWindow(shown) {
    this.window = shown;
    if (shown.name === OWN) this.own = shown; // comes back on a key, for other studies too
    this.drawSoon();
  }

  toggleHeat() {
    this.heat = { ...this.heat, on: Boolean(this.heatmap) && !this.heat.on };
    this.drawSoon();
  }

  // `opacity` or `floor`, below which nothing is drawn
  setHeat(change) {
    this.heat = { ...this.heat, ...change };
    this.drawSoon();
  }

  setSlab(slab) {
    this.slab = slab;
    this.drawSoon();
  }

  nextSlab() {
    this.setSlab(SLABS[(SLABS.indexOf(this.slab) + 1) % SLABS.length]);
  }

  invert() {
    this.isInverted = !this.isInverted;
    this.drawSoon();
  }

  turn() {
    this.view = turnedOnce(this.view);
    this.drawSoon();
  }

  mirror() {
    this.view = mirrored(this.view);
    this.drawSoon();
  }

  zoomBy(factor, x, y) {
    const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, this.view.zoom * factor));
    const grown = zoom / this.view.zoom;
    const { width, height } = this.picture.size;
    const panX = (this.view.panX + width / 2 - x) * grown + x - width / 2;
    const panY = (this.view.panY + height / 2 - y) * grown + y - height / 2;
    this.view = { ...this.view, zoom, panX, panY };
    this.drawSoon();
  }

  panBy(dx, dy) {
    this.view = { ...this.view, panX: this.view.panX + dx, panY: this.view.panY + dy };
    this.drawSoon();
  }

  // the whole slice again, as it lies
  fit() {
    const { zoom, panX, panY } = FIRST_VIEW;
    this.view = { ...this.view, zoom, panX, panY };
    this.drawSoon();
  }

  reset() {
    this.startAgain();
    this.drawSoon();
  }
}
