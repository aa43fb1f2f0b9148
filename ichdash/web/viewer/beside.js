// A second stack beside the first: another series of the study, or the patient's earlier study.
// Window, zoom and turn are shared; both scroll together by position, or the second one alone.

const HEAD_HU = -200; // what is denser is no air
const ALIKE = 0.01; // tangents of tilts that differ by less
const HEAD_PART = 0.02; // of a slice's pixels, above which it shows some of the head

class Beside {
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = viewer.find(".beside");
    this.picture = new Picture(this.canvas);
    this.clear();
    new Gestures(this.canvas, this);
  }

  // nothing is measured here
  draggedAt() {
    return "scroll";
  }

  clear() {
    this.data = null;
    this.volume = null;
    this.index = 0;
    this.isLinked = true;
    this.offsetMm = 0; // of a place of the second stack against the same place of the first
    this.fault = null;
    this.picture.clear();
    this.canvas.hidden = true;
  }

  async take(data) {
    if (data?.url === this.data?.url) {
      this.data = data; // the same images, with identity shown or hidden since
      return this.viewer.drawSoon();
    }
    this.clear();
    this.data = data;
    if (!data) return;
    this.canvas.hidden = false;
    this.canvas.dataset.ready = "";
    const isShown = () => this.data?.url === data.url;
    try {
      const loading = volumeAt(data.url, data.meta);
      await loading.whole;
      if (!isShown()) return;
      this.volume = loading.volume;
      await this.align();
    } catch (error) {
      if (isShown()) this.fault = `${error.message} Load the page again.`;
    }
    this.viewer.drawSoon();
  }

  // Series of one study lie in one space, if their slices lie alike: positions are told along each
  // series' own normal. Otherwise the top of the head is the same place.
  async align() {
    await volumeAt(this.viewer.data.url, this.viewer.data.meta).whole;
    if (!this.volume || !this.viewer.volume) return;
    if (this.data.is_same_space && isTiltedAlike(this.volume, this.viewer.volume)) return this.follow();
    this.offsetMm = topMm(this.volume) - topMm(this.viewer.volume);
    this.follow();
  }

  // the slice that lies where the first stack's slice lies
  follow() {
    if (!this.volume || !this.viewer.volume || !this.isLinked) return;
    this.index = nearestSlice(this.volume, this.viewer.volume.positions_mm[this.viewer.index] + this.offsetMm);
    this.viewer.drawSoon();
  }

  toggleLink() {
    if (!this.volume || !this.viewer.volume) return;
    this.isLinked = !this.isLinked;
    const here = this.viewer.volume.positions_mm[this.viewer.index];
    if (this.isLinked) this.offsetMm = this.volume.positions_mm[this.index] - here;
    this.viewer.drawSoon();
  }

  // What the gestures on the second picture do.

  step(slices) {
    if (this.isLinked) this.viewer.step(slices);
    else this.goTo(this.index + slices);
  }

  goTo(index) {
    if (!this.volume || !this.viewer.volume) return;
    this.index = Math.min(this.volume.slices - 1, Math.max(0, index));
    if (this.isLinked) {
      const mm = this.volume.positions_mm[this.index] - this.offsetMm;
      this.viewer.goTo(nearestSlice(this.viewer.volume, mm));
    }
    this.viewer.drawSoon();
  }

  get window() {
    return this.viewer.window;
  }

  setWindow(shown) {
    this.viewer.setWindow(shown);
  }

  zoomBy(...how) {
    this.viewer.zoomBy(...how);
  }

  panBy(...way) {
    this.viewer.panBy(...way);
  }

  fit() {
    this.viewer.fit();
  }

  point() {}

  click() {}

  draw(scene) {
    if (!this.data) return;
    if (!this.volume) {
      this.picture.clear();
      writeCorner(this.picture.context, this.picture.size, [this.fault ?? "Loading…"], "left", "top");
      return;
    }
    const { volume, index, data, isLinked } = this;
    const alone = isLinked ? "" : "scrolls alone (key L)";
    const nothing = { heatmap: null, measures: [], cross: null, score: undefined, pixel: null, spot: NO_SPOT };
    const own = { volume, index, identity: data.lines, notice: "", next: alone };
    this.picture.draw({ ...scene, ...nothing, ...own });
    this.canvas.dataset.slice = index + 1;
    this.canvas.dataset.ready = data.url;
  }
}

// a series whose tilt was not told lies like no other
function isTiltedAlike(one, other) {
  return Math.abs((one.shear ?? NaN) - (other.shear ?? NaN)) < ALIKE;
}

// how high the highest slice lies that shows some of the head
function topMm(volume) {
  for (let index = volume.slices - 1; index > 0; index--) {
    const hu = huOfSlice(volume, index);
    let dense = 0;
    for (let i = 0; i < hu.length; i += 7) if (hu[i] > HEAD_HU) dense += 7;
    if (dense > HEAD_PART * hu.length) return volume.positions_mm[index];
  }
  return volume.positions_mm.at(-1);
}
