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

  lookAt({ name, slice, window: wanted, pose, heat }) {
    const { viewer } = this;
    if (name !== viewer.data?.name) return;
    this.pose = pose;
    viewer.goTo(slice);
    viewer.setWindow(this.presetLike(wanted) ?? wanted);
    viewer.setHeat({ on: heat && Boolean(viewer.heatmap) });
  }

  // before a frame: the pose that is wanted, once there is a volume that it can be measured on
  settle() {
    const { viewer, pose } = this;
    if (pose) viewer.view = viewOf(viewer.volume, pose, viewer.picture.size);
    this.pose = null;
  }

  // the preset itself, so that its button shows that it is chosen
  presetLike({ name, center, width }) {
    const isLike = (each) => each.name === name && each.center === center && each.width === width;
    return this.viewer.windows.find(isLike);
  }

  // with each frame that shows another place than the one before
  tell() {
    const { data, index, volume, view, picture, heat } = this.viewer;
    const { name, center, width } = this.viewer.window;
    const pose = poseOf(volume, view, picture.size);
    const detail = { name: data.name, slice: index, window: { name, center, width }, pose, heat: heat.on };
    const said = JSON.stringify(detail);
    if (said === this.said) return;
    this.said = said;
    window.dispatchEvent(new CustomEvent(LEAD_EVENTS.looks, { detail }));
  }

  repeat() {
    this.said = null;
    this.viewer.drawSoon();
  }
}
