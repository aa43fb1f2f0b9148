// Teaching: the places of a file's key while its tutor changes them, as rings on the slices.
//
// A click beside them adds one, a ring is dragged where it belongs, its handle sizes it, and its
// cross takes it away. The server is told of all of them each time, and keeps them with the fields.

const GRIP = 9; // CSS pixels around a handle that take hold of it
const HANDLE_GAP = 9; // CSS pixels from the ring to its handles
const FIRST_RADIUS_MM = 8; // of a new ring; later ones are as large as the one before
const LEAST_RADIUS = 1; // pixels of the slice
const LEAST_RING = 6; // CSS pixels: a smaller ring is drawn as large

class Places {
  constructor(viewer) {
    this.viewer = viewer;
    this.all = [];
    this.held = null; // what a press took hold of: { spot, by } and how far from middle and ring
    this.radius = null;
  }

  // the server's word counts where it has changed, as when the file was saved
  take(sent) {
    if (JSON.stringify(sent) !== JSON.stringify(this.sent)) this.all = structuredClone(sent ?? []);
    this.sent = sent;
  }

  get here() {
    return this.all.filter(({ slice }) => slice === this.viewer.index);
  }

  add({ x, y }) {
    const [, , columnMm] = this.viewer.volume.spacing_mm;
    this.radius ??= FIRST_RADIUS_MM / columnMm;
    this.all.push({ slice: this.viewer.index, x, y, radius: this.radius });
    this.tell();
  }

  // whether there is something to take hold of at a point of the canvas
  hold(point) {
    const { volume, view, picture } = this.viewer;
    const place = placeOf(volume, view, picture.size);
    const { x, y } = pixelAt(place, volume, point);
    this.held = null;
    for (const spot of this.here) {
      const by = gripOf(ringOn(place, volume, spot), point);
      const beyond = radiusTo(volume, spot, { x, y }) - spot.radius;
      if (by) this.held = { spot, by, across: x - spot.x, down: y - spot.y, beyond };
    }
    return Boolean(this.held);
  }

  drag({ x, y }) {
    const { spot, by, across, down, beyond } = this.held;
    const { volume } = this.viewer;
    if (by === "move") {
      spot.x = Math.min(volume.columns - 0.5, Math.max(0.5, x - across));
      spot.y = Math.min(volume.rows - 0.5, Math.max(0.5, y - down));
    }
    if (by === "size") {
      this.radius = spot.radius = Math.max(LEAST_RADIUS, radiusTo(volume, spot, { x, y }) - beyond);
    }
    this.viewer.drawSoon();
  }

  // the cross acts where the press ends on it
  release(movedBy) {
    const { spot, by } = this.held;
    if (by === "remove" && movedBy <= NEAR) this.all = this.all.filter((each) => each !== spot);
    this.held = null;
    this.tell();
  }

  tell() {
    this.viewer.tell("spot", { name: this.viewer.data.name, places: this.all });
    this.viewer.drawSoon();
  }
}

// the radius of the ring through a pixel of the slice, in columns
function radiusTo(volume, spot, pixel) {
  const [, , columnMm] = volume.spacing_mm;
  return Math.hypot(...millimetres(volume, spot, pixel)) / columnMm;
}

// on the canvas, in CSS pixels
function ringOn(place, volume, spot) {
  const radius = Math.max(LEAST_RING, (spot.radius / volume.columns) * place.width);
  return { ...pointOn(place, volume, spot), radius };
}

// where a ring is taken away and where it is sized: above and below, on its right
function handlesOf({ x, y, radius }) {
  const off = (radius + HANDLE_GAP) * Math.SQRT1_2;
  return { remove: { x: x + off, y: y - off }, size: { x: x + off, y: y + off } };
}

function gripOf(ring, point) {
  const { remove, size } = handlesOf(ring);
  const isNear = (to, reach) => Math.hypot(to.x - point.x, to.y - point.y) <= reach;
  if (isNear(remove, GRIP)) return "remove";
  if (isNear(size, GRIP)) return "size";
  return isNear(ring, ring.radius) ? "move" : "";
}

function drawHandles(context, ring) {
  const { remove, size } = handlesOf(ring);
  context.fillStyle = TRUTH_COLOR;
  context.fillRect(size.x - 4, size.y - 4, 8, 8);
  context.beginPath();
  for (const across of [5, -5]) {
    context.moveTo(remove.x - across, remove.y - 5);
    context.lineTo(remove.x + across, remove.y + 5);
  }
  context.stroke();
}
