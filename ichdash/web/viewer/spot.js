// Teaching: the spot that a learner marks by a click, and the truth drawn beside it afterwards, or
// changed by the tutor.
//
// The server is told of the mark at once; what it sends back is what it kept.

const SPOT_COLOR = "#7CE0E8";
const TRUTH_COLOR = "#F2A33A";
const SPOT_SIZE = 11; // CSS pixels
const NO_SPOT = { mark: null, places: [], outline: null, isEdited: false };

class Spot {
  constructor(viewer) {
    this.viewer = viewer;
    this.sent = null;
    this.mark = null;
    this.places = new Places(viewer);
  }

  get isEdited() {
    return Boolean(this.sent?.isEdited);
  }

  take(sent) {
    // the server's word counts where it has changed: an older one would take a newer mark away
    const isNew = JSON.stringify(sent?.mark) !== JSON.stringify(this.sent?.mark);
    if (isNew || sent?.name !== this.sent?.name) this.mark = sent?.mark ?? null;
    if (sent?.outline?.bits !== this.sent?.outline?.bits) this.outline = outlineFrom(sent?.outline);
    this.places.take(sent?.truth);
    this.sent = sent;
  }

  // whether a press there takes hold of a place
  hold(point) {
    return this.isEdited && this.places.hold(point);
  }

  press(pixel) {
    const { volume, index } = this.viewer;
    const isInside = pixel.x >= 0 && pixel.y >= 0 && pixel.x < volume.columns && pixel.y < volume.rows;
    if (this.isEdited && isInside) this.places.add(pixel);
    if (!this.sent?.isOpen || !isInside) return;
    this.mark = { slice: index, x: pixel.x, y: pixel.y };
    this.viewer.tell("spot", { name: this.sent.name, mark: this.mark });
    this.viewer.drawSoon();
  }

  // what stands on the slice shown
  get shown() {
    const { index } = this.viewer;
    return {
      mark: this.mark?.slice === index ? this.mark : null,
      places: this.places.here,
      outline: this.outline,
      isEdited: this.isEdited,
    };
  }
}

// {has(slice, row, column), rows, columns} from packed bits, the highest bit first
function outlineFrom(sent) {
  if (!sent) return null;
  const bytes = Uint8Array.from(atob(sent.bits), (letter) => letter.charCodeAt(0));
  const [, rows, columns] = sent.shape;
  const has = (slice, row, column) => {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return 0;
    const bit = (slice * rows + row) * columns + column;
    return (bytes[bit >> 3] >> (7 - (bit & 7))) & 1;
  };
  return { has, rows, columns };
}

function drawSpot(context, volume, place, index, { mark, places, outline, isEdited }) {
  context.lineWidth = 2;
  context.strokeStyle = TRUTH_COLOR;
  context.beginPath();
  if (outline) traceOutline(context, volume, place, index, outline);
  else for (const spot of places) traceRing(context, ringOn(place, volume, spot));
  context.stroke();
  if (isEdited) for (const spot of places) drawHandles(context, ringOn(place, volume, spot));
  if (!mark) return;
  const { x, y } = pointOn(place, volume, mark);
  context.strokeStyle = SPOT_COLOR;
  context.beginPath();
  context.arc(x, y, SPOT_SIZE, 0, 2 * Math.PI);
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + dx * SPOT_SIZE * 0.5, y + dy * SPOT_SIZE * 0.5);
    context.lineTo(x + dx * SPOT_SIZE * 1.5, y + dy * SPOT_SIZE * 1.5);
  }
  context.stroke();
}

function traceRing(context, { x, y, radius }) {
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

// every side of a cell that is the border of the truth
function traceOutline(context, volume, place, index, { has, rows, columns }) {
  const at = (row, column) =>
    pointOn(place, volume, { x: (column * volume.columns) / columns, y: (row * volume.rows) / rows });
  const line = (from, to) => {
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
  };
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const here = has(index, row, column);
      if (here !== has(index, row - 1, column)) line(at(row, column), at(row, column + 1));
      if (here !== has(index, row, column - 1)) line(at(row, column), at(row + 1, column));
    }
  }
}
