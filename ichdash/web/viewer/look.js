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
    this.view = zoomedBy(this.view, this.picture.size, factor, x, y);
    this.drawSoon();
  }

  panBy(dx, dy) {
    this.view = pannedBy(this.view, dx, dy);
    this.drawSoon();
  }

  fit() {
    this.view = fitted(this.view);
    this.drawSoon();
  }

  reset() {
    this.startAgain();
    this.drawSoon();
  }
}
