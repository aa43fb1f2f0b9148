// Between the viewer on this page and the relay: a presenter's moves go up, those of the presenter
// come down to who follows. A component of its own, so that none of it draws the viewer anew.

const PACE_MS = 50; // the presenter tells at most so often, the first and the last always
const RETRY_MS = { first: 250, most: 5000 };
const SILENT_MS = 1500; // the relay's word goes before the page's, which may be older
const links = new WeakMap();

class Link {
  constructor() {
    this.told = 0;
    this.heardAt = -Infinity;
    this.retry = RETRY_MS.first;
    this.hear = (event) => this.heard(event.detail);
    window.addEventListener("ichdash-looks-at", this.hear);
  }

  stop() {
    this.isOver = true;
    clearTimeout(this.timer);
    clearTimeout(this.again);
    this.socket?.close();
    window.removeEventListener("ichdash-looks-at", this.hear);
  }

  take(data, send) {
    const isOther = (names) => names.some((each) => data[each] !== this.data?.[each]);
    const isNewRole = isOther(["name", "leads", "follows"]);
    const isMoved = isOther(["moves"]);
    const isNewDoor = isOther(["path", "key"]);
    this.data = data;
    this.send = send;
    this.keepSeat();
    if (isNewDoor) this.connect();
    if (data.leads && isNewRole) window.dispatchEvent(new CustomEvent("ichdash-ask"));
    if (!data.follows) wantedPlaces().clear();
    const isSilent = performance.now() - this.heardAt > SILENT_MS;
    if (data.view && (isNewRole || (isMoved && isSilent))) this.lead({ name: data.name, ...data.view });
  }

  // A page that is loaded again asks for the seat that it had; it is given once.
  keepSeat() {
    const { leads, key, session } = this.data;
    const place = `ichdash-seat-${session}`;
    if (leads) sessionStorage.setItem(place, key);
    const kept = sessionStorage.getItem(place);
    if (leads || !kept) return;
    sessionStorage.removeItem(place);
    this.send("seat", kept);
  }

  connect() {
    clearTimeout(this.again);
    this.socket?.close();
    const { path, protocol, key } = this.data;
    const address = new URL(path, location.href).href.replace(/^http/, "ws");
    const socket = new WebSocket(address, [protocol, key]); // the key stands in no address
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.retry = RETRY_MS.first;
      if (this.data.leads) window.dispatchEvent(new CustomEvent("ichdash-ask"));
    });
    socket.addEventListener("message", (event) => this.got(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.lost(socket));
  }

  lost(socket) {
    if (this.isOver || socket !== this.socket) return;
    this.again = setTimeout(() => this.connect(), this.retry);
    this.retry = Math.min(RETRY_MS.most, 2 * this.retry);
  }

  got({ kind, ...place }) {
    if (kind === "changed") this.send("changed", performance.now());
    if (kind !== "moved") return;
    this.heardAt = performance.now();
    this.lead(place);
  }

  lead(place) {
    if (!this.data.follows) return;
    wantedPlaces().clear();
    wantedPlaces().set(place.name, place);
    window.dispatchEvent(new CustomEvent("ichdash-look-at", { detail: place }));
  }

  heard(place) {
    if (!this.data?.leads || place.name !== this.data.name) return;
    this.place = place;
    if (this.timer) return;
    const wait = Math.max(0, this.told + PACE_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.told = performance.now();
      this.tell();
    }, wait);
  }

  tell() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(this.place));
    else this.send("led", { ...this.place, count: this.told });
  }
}

// The last place that was asked for, of a scene that may not be open yet; the viewer reads it.
function wantedPlaces() {
  return (globalThis[Symbol.for("ichdash.wanted")] ??= new Map());
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
