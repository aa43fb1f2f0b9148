// Where the model looked: a coarse map in [0, 1] on an absolute scale, stretched smoothly.
//
// Values, not colours, are interpolated, so that the colours stay those of the bar. Colours are
// matplotlib's inferno (CC0): perceptually even and safe for colour-blind readers.

const FIRST_HEAT = { on: false, opacity: 0.6, floor: 0.15 };
// Below the floor nothing is drawn, so that an unremarkable study stays dark.

const HEAT_FADE = 0.15; // from the floor on, opacity grows over this range
const HEAT_CAPTION = "where the model looked, not a lesion outline";
const HEAT_SIDE = 256; // pixels of the stretched map; the picture's own smoothing does the rest

const INFERNO = [
  [0, 0, 4], [12, 8, 38], [36, 12, 79], [66, 10, 104], [93, 18, 110], [120, 28, 109],
  [147, 38, 103], [174, 48, 92], [199, 62, 76], [221, 81, 58], [237, 105, 37], [248, 133, 15],
  [252, 165, 10], [250, 198, 45], [242, 230, 97], [252, 255, 164],
];

function infernoAt(value) {
  const place = value * (INFERNO.length - 1);
  const below = INFERNO[Math.floor(place)];
  const above = INFERNO[Math.ceil(place)];
  return below.map((channel, i) => Math.round(channel + (above[i] - channel) * (place % 1)));
}

function heatAlphaAt(value, floor) {
  return Math.min(1, Math.max(0, (value - floor) / Math.min(HEAT_FADE, 1 - floor)));
}

// colours of the 256 levels of the map, as little-endian RGBA
function heatTable(floor) {
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const [red, green, blue] = infernoAt(level / 255);
    const alpha = Math.round(255 * heatAlphaAt(level / 255, floor));
    return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

// Only the heatmap of hemorrhage was measured against bleeds whose place is known.
function heatCaption(finding) {
  return finding === FIRST_FINDING ? HEAT_CAPTION : `${finding}: ${HEAT_CAPTION}; not validated`;
}

// {values: Uint8Array (slices, rows, columns), 255 = 1.0} from its deflated base64 text
async function heatmapFrom(sent) {
  if (!sent) return null;
  const packed = Uint8Array.from(atob(sent.values), (letter) => letter.charCodeAt(0));
  const values = await bytesOf(inflating(new Blob([packed]).stream()));
  const [slices, rows, columns] = sent.shape;
  return { values, slices, rows, columns };
}

// where the centres of `count` fine cells lie between the centres of `coarse` cells
function placesBetween(count, coarse) {
  return Array.from({ length: count }, (_, i) => {
    const place = Math.min(coarse - 1, Math.max(0, ((i + 0.5) * coarse) / count - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, coarse - 1), part: place - low };
  });
}

// one slice of it, {values, rows, columns}
function heatOfSlice({ values, rows, columns }, index) {
  return { values: values.subarray(index * rows * columns, (index + 1) * rows * columns), rows, columns };
}

function paintHeat(canvas, { values: map, rows, columns }, floor) {
  const table = heatTable(floor);
  canvas.width = canvas.height = HEAT_SIDE;
  const image = new ImageData(HEAT_SIDE, HEAT_SIDE);
  const pixels = new Uint32Array(image.data.buffer);
  const across = placesBetween(HEAT_SIDE, columns);
  let pixel = 0;
  for (const y of placesBetween(HEAT_SIDE, rows)) {
    const top = y.low * columns;
    const bottom = y.high * columns;
    for (const x of across) {
      const upper = map[top + x.low] + (map[top + x.high] - map[top + x.low]) * x.part;
      const lower = map[bottom + x.low] + (map[bottom + x.high] - map[bottom + x.low]) * x.part;
      pixels[pixel++] = table[Math.round(upper + (lower - upper) * y.part)];
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
