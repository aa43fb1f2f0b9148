// How the slice lies on the screen: zoomed, moved, turned by quarters, mirrored; and the way back.
//
// The picture is mirrored first, about its own upright axis, and turned afterwards, clockwise.

const ZOOM = { least: 0.5, most: 12, step: 1.15 };
const FIRST_VIEW = { zoom: 1, panX: 0, panY: 0, turns: 0, isMirrored: false };

// Rows run to the patient's back and columns to the patient's left: right is on the left (PS3.3
// C.7.6.1.1.1, the radiological convention).
const SIDES = [["R", -1, 0], ["L", 1, 0], ["A", 0, -1], ["P", 0, 1]];

// middle and size of the slice on the canvas, in CSS pixels, with the patient's proportions
function placeOf(volume, view, size) {
  const [, rowMm, columnMm] = volume.spacing_mm;
  const widthMm = volume.columns * columnMm;
  const heightMm = volume.rows * rowMm;
  const [acrossMm, downMm] = view.turns % 2 ? [heightMm, widthMm] : [widthMm, heightMm];
  const fit = Math.min(size.width / acrossMm, size.height / downMm) * view.zoom;
  return {
    x: size.width / 2 + view.panX,
    y: size.height / 2 + view.panY,
    width: widthMm * fit,
    height: heightMm * fit,
    turns: view.turns,
    isMirrored: view.isMirrored,
  };
}

function drawPlaced(context, image, place) {
  context.save();
  context.translate(place.x, place.y);
  context.rotate((place.turns * Math.PI) / 2);
  context.scale(place.isMirrored ? -1 : 1, 1);
  context.drawImage(image, -place.width / 2, -place.height / 2, place.width, place.height);
  context.restore();
}

// a direction or a way on the screen after quarter turns clockwise
function turned(x, y, turns) {
  return [[x, y], [-y, x], [-x, -y], [y, -x]][(turns + 4) % 4];
}

// the way on the screen of a way on the slice
function onScreen(x, y, { turns, isMirrored }) {
  return turned(isMirrored ? -x : x, y, turns);
}

// each side's letter with the edge of the screen that it lies towards
function sidesOf(view) {
  return SIDES.map(([letter, x, y]) => [letter, ...onScreen(x, y, view)]);
}

// the part of the slice's width and of its height at a point of the canvas, 0 to 1 inside
function partsAt(place, point) {
  const [x, y] = turned(point.x - place.x, point.y - place.y, -place.turns);
  return [(place.isMirrored ? -x : x) / place.width + 0.5, y / place.height + 0.5];
}

// a point of the canvas in pixels of the slice, and the way back
function pixelAt(place, volume, point) {
  const [across, down] = partsAt(place, point);
  return { x: across * volume.columns, y: down * volume.rows };
}

function pointOn(place, volume, { x, y }) {
  const [across, down] = [(x / volume.columns - 0.5) * place.width, (y / volume.rows - 0.5) * place.height];
  const [dx, dy] = onScreen(across, down, place);
  return { x: place.x + dx, y: place.y + dy };
}

// nearer or farther, the point (x, y) of the canvas staying where it is
function zoomedBy(view, { width, height }, factor, x, y) {
  const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, view.zoom * factor));
  const grown = zoom / view.zoom;
  const panX = (view.panX + width / 2 - x) * grown + x - width / 2;
  const panY = (view.panY + height / 2 - y) * grown + y - height / 2;
  return { ...view, zoom, panX, panY };
}

function pannedBy(view, dx, dy) {
  return { ...view, panX: view.panX + dx, panY: view.panY + dy };
}

// the whole slice again, as it lies
function fitted(view) {
  const { zoom, panX, panY } = FIRST_VIEW;
  return { ...view, zoom, panX, panY };
}

// the view without the size of its screen, and the way back: which part of the slice is in the middle
function poseOf(volume, view, size) {
  const middle = { x: size.width / 2, y: size.height / 2 };
  const [across, down] = partsAt(placeOf(volume, view, size), middle);
  return { zoom: view.zoom, across, down, turns: view.turns, mirrored: view.isMirrored };
}

function viewOf(volume, { zoom, across, down, turns, mirrored: isMirrored }, size) {
  const centred = { zoom, panX: 0, panY: 0, turns, isMirrored };
  const { width, height } = placeOf(volume, centred, size);
  const [panX, panY] = onScreen((0.5 - across) * width, (0.5 - down) * height, centred);
  return { ...centred, panX, panY };
}

function turnedOnce(view) {
  return { ...view, turns: (view.turns + 1) % 4, panX: -view.panY, panY: view.panX };
}

// left and right of the screen change places, however the slice lies turned
function mirrored(view) {
  const { turns, isMirrored, panX } = view;
  return { ...view, turns: (4 - turns) % 4, isMirrored: !isMirrored, panX: -panX };
}
