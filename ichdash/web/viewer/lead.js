// What a viewer tells other parts of the page of where it is, and how they lead it: one reader
// presents, others follow. They speak through events on the window, so that following a slice
// neither draws the page anew nor touches the volume.

const LEAD_EVENTS = { looks: "ichdash-looks-at", look: "ichdash-look-at", ask: "ichdash-ask" };

// The last place that was asked for, of a scene that may not be open yet.
const wantedPlaces = (globalThis[Symbol.for("ichdash.wanted")] ??= new Map());

class Lead {
  constructor(viewer) {
    this.viewer = viewer;
    this.follow = (event) => this.lookAt(event.detail);
    this.answer = () => this.repeat();
    window.addEventListener(LEAD_EVENTS.look, this.follow);
    window.addEventListener(LEAD_EVENTS.ask, this.answer);
  }

  stop() {
    window.removeEventListener(LEAD_EVENTS.look, this.follow);
    window.removeEventListener(LEAD_EVENTS.ask, this.answer);
  }

  // a scene opens: where it is wanted, if somebody said so before it came
  opened(name) {
    const wanted = wantedPlaces.get(name);
    if (wanted) this.lookAt(wanted);
  }

  lookAt({ name, slice, window: wanted }) {
    const { viewer } = this;
    if (name !== viewer.data?.name) return;
    viewer.goTo(slice);
    viewer.setWindow(this.presetLike(wanted) ?? wanted);
  }

  // the preset itself, so that its button shows that it is chosen
  presetLike({ name, center, width }) {
    const isLike = (each) => each.name === name && each.center === center && each.width === width;
    return this.viewer.windows.find(isLike);
  }

  // with each frame that shows another slice or window than the one before
  tell() {
    const { data, index, window: shown } = this.viewer;
    const said = [data.name, index, shown.name, shown.center, shown.width].join(" ");
    if (said === this.said) return;
    this.said = said;
    const { name, center, width } = shown;
    const detail = { name: data.name, slice: index, window: { name, center, width } };
    window.dispatchEvent(new CustomEvent(LEAD_EVENTS.looks, { detail }));
  }

  repeat() {
    this.said = null;
    this.viewer.drawSoon();
  }
}
