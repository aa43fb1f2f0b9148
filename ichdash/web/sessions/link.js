// Between the viewer on this page and the server: a presenter's slice and window go up, those of
// the presenter come down to who follows. A component of its own, so that none of it draws the
// viewer anew.

const PACE_MS = 120; // the presenter tells at most so often, the first and the last always
const links = new WeakMap();

class Link {
  constructor() {
    this.told = 0;
    this.hear = (event) => this.heard(event.detail);
    window.addEventListener("ichdash-looks-at", this.hear);
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("ichdash-looks-at", this.hear);
  }

  take(data, send) {
    const isNewRole = ["name", "leads", "follows"].some((each) => data[each] !== this.data?.[each]);
    const isMoved = data.moves !== this.data?.moves;
    this.data = data;
    this.send = send;
    if (data.leads && isNewRole) window.dispatchEvent(new CustomEvent("ichdash-ask"));
    if (data.follows && data.view && (isMoved || isNewRole)) this.lead();
  }

  lead() {
    const { name, view } = this.data;
    const wanted = (globalThis[Symbol.for("ichdash.wanted")] ??= new Map());
    const detail = { name, ...view };
    wanted.clear();
    wanted.set(name, detail);
    window.dispatchEvent(new CustomEvent("ichdash-look-at", { detail }));
  }

  heard(place) {
    if (!this.data?.leads || place.name !== this.data.name) return;
    this.place = place;
    if (this.timer) return;
    const wait = Math.max(0, this.told + PACE_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.told = performance.now();
      this.send("led", { ...this.place, count: this.told });
    }, wait);
  }
}

export default function mount({ parentElement, data, setStateValue }) {
  let link = links.get(parentElement);
  if (!link) {
    link = new Link();
    links.set(parentElement, link);
  }
  link.take(data, setStateValue);
  return () => {
    link.stop();
    links.delete(parentElement);
  };
}
