// The viewer: one state, drawn whole at most once a frame. The server sends data; scrolling
// never asks it.
//
// Streamlit calls the default export again on every rerun whose data may differ: the same viewer is
// found again and only takes over what changed, so that a rerun neither moves nor reloads anything.

const viewers = new WeakMap(); // parent element → Viewer

class Viewer extends Look {
  constructor(parent) {
    super();
    this.root = parent.querySelector(".viewer");
    this.canvas = this.find(".picture");
    this.picture = new Picture(this.canvas);
    this.index = 0;
    this.cine = new Cine(this);
    this.measures = new Measures(this);
    this.panes = new Panes(this);
    this.beside = new Beside(this);
    this.lead = new Lead(this);
    this.heatOf = new HeatOf(this);
    this.spot = new Spot(this);
    this.pointer = null;
    this.jumps = 0;
    const gestures = new Gestures(this.canvas, this);
    for (const part of [".film", ".strip"]) gestures.wheelOver(this.find(part));
    this.keys = new Keys(this.root, this);
    this.strip = new Strip(this);
    this.panel = new Panel(this);
    this.resized = new ResizeObserver(() => this.drawSoon());
    for (const canvas of this.root.querySelectorAll(".stage canvas")) this.resized.observe(canvas);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  stop() {
    this.keys.stop();
    this.lead.stop();
    this.cine.stop();
    this.strip.stop();
    this.resized.disconnect();
    cancelAnimationFrame(this.frame);
  }

  take(data) {
    const isNew = data.url !== this.data?.url;
    const isRevealed = isRevealedOtherwise(this.data, data);
    this.data = data;
    if (isNew) this.windows = data.windows; // the same ones, or the chosen preset is not found again
    this.root.style.setProperty("--stage-height", data.stage_height);
    if (isNew) this.open(data);
    if (isRevealed) reveal(this, data);
    this.measures.merge(data);
    this.beside.take(data.beside);
    this.spot.take(data.spot);
    if (data.jump.count !== this.jumps) {
      this.jumps = data.jump.count;
      this.goTo(data.jump.slice);
    }
    this.drawSoon();
  }

  // A picture never stays under another study's banner: it is gone before the next one loads.
  async open(data) {
    this.volume = null;
    this.canvas.dataset.ready = "";
    this.picture.clear();
    this.jumps = data.jump.count;
    this.heatOf.take(data);
    this.cine.stop();
    this.measures.clear();
    this.measures.unkept.open(data);
    this.panes.clear();
    this.startAgain();
    this.index = data.start;
    this.panel.opening(data);
    this.lead.opened(data.name);
    const isShown = () => this.data.url === data.url;
    try {
      const loading = volumeAt(data.url, data.meta);
      await loading.first;
      if (isShown()) this.volume = loading.volume;
      loading.watchers.add(() => isShown() && this.drawSoon());
      this.drawSoon();
      await loading.whole;
      if (isShown()) {
        this.panel.opened(loading.volume);
        this.measures.arrived();
      }
      this.drawSoon();
    } catch (error) {
      if (isShown()) this.fail(error);
    }
  }

  fail(error) {
    this.volume = null;
    this.drawSoon();
    this.panel.say(`${error.message} Load the page again.`);
    this.tellSettled();
  }

  // Once, when the first image is drawn or known to fail: the page holds back what would delay it.
  tellSettled() {
    if (this.hasTold) return;
    this.hasTold = true;
    this.tell("settled", true);
    requestAnimationFrame(() => performance.mark("ichdash-settled")); // for who measures: it is on screen
  }

  tellMeasured(changes) {
    this.tell("measured", { name: this.data.name, changes });
  }

  goTo(index) {
    const last = this.data.meta.slices - 1;
    this.index = Math.min(last, Math.max(0, index));
    this.beside.follow();
    this.drawSoon();
  }

  step(slices) {
    this.goTo(this.index + slices);
  }

  nextEvidence() {
    const first = this.data.evidence;
    if (first.length) this.goTo(first[(first.indexOf(this.index) + 1) % first.length]);
  }

  point(place) {
    this.pointer = place;
    this.drawSoon();
  }

  // what a press there will drag
  draggedAt(point) {
    if (!this.volume) return "scroll";
    if (this.measures.tool) return "measure";
    return this.spot.hold(point) ? "ring" : "scroll";
  }

  startAgain() {
    super.startAgain();
    this.panes?.fit();
  }

  // a press that moved nothing
  click(place) {
    const pixel = this.pixelAt(place);
    this.spot.press(pixel);
    if (this.panes.isOn) this.panes.pointAt(pixel);
  }

  get canDismiss() {
    return !this.panel.sheet.hidden || Boolean(this.measures.tool);
  }

  dismiss() {
    this.toggleSheet(false);
    this.measures.cancel();
  }

  toggleSheet(isOpen) {
    this.panel.toggleSheet(isOpen);
  }

  drawSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const { volume } = this;
    if (!volume || !isHere(volume, this.index, this.slab)) {
      this.picture.clear();
      if (volume) this.panel.waiting(volume);
      return;
    }
    this.lead.settle();
    const scene = this.scene();
    this.picture.draw(scene);
    this.panes.draw(scene);
    this.beside.draw(scene);
    this.panel.follow();
    this.canvas.dataset.hu = this.picture.huAt(scene.pixel, volume) ?? "";
    this.canvas.dataset.measures = scene.measures.map((each) => wordsOf(volume, each)).join("; ");
    this.canvas.dataset.next = scene.next;
    this.canvas.dataset.slice = this.index + 1;
    this.canvas.dataset.zoom = this.view.zoom.toFixed(1);
    this.canvas.dataset.places = this.spot.places.all.length;
    this.canvas.dataset.spot = this.spot.mark ? this.spot.mark.slice + 1 : "";
    this.canvas.dataset.window = this.window.name;
    this.canvas.dataset.slab = slabWords(this.slab);
    this.canvas.dataset.heat = this.heat.on ? "on" : "off";
    this.canvas.dataset.heatOf = this.heatOf.finding;
    this.canvas.dataset.left = sidesOf(this.view).find(([, across]) => across === -1)[0];
    this.canvas.dataset.top = sidesOf(this.view).find(([, , down]) => down === -1)[0];
    this.canvas.dataset.ready = this.data.url;
    this.lead.tell();
    this.tellSettled();
  }

  scene() {
    const { volume, index, view, slab, window: shown, isInverted, heat, heatmap, data } = this;
    const { identity, notice } = data;
    const { finding } = this.heatOf;
    const score = data.scores[index];
    const pixel = this.pointer && this.pixelAt(this.pointer);
    const measures = this.measures.shown(pixel);
    const cross = this.panes.isOn ? this.panes.cross : null;
    const shownHere = { volume, index, view, slab, cross, window: shown, isInverted, heat, heatmap, measures };
    const said = { identity, notice, score, pixel, finding, next: this.measures.next };
    return { ...shownHere, ...said, spot: this.spot.shown };
  }

  pixelAt(point) {
    return pixelAt(placeOf(this.volume, this.view, this.picture.size), this.volume, point);
  }
}

export default function mount({ parentElement, data, setStateValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement);
    viewers.set(parentElement, viewer);
  }
  viewer.tell = setStateValue;
  viewer.take(data);
  return () => {
    viewer.stop();
    viewers.delete(parentElement);
  };
}
