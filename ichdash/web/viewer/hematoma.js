// The volume of a hematoma by ABC/2: about an ellipsoid's, from three diameters (Kothari et al.,
// Stroke 1996; 27(8): 1304-1305). The reader draws A and B; C is proposed from the HU.
//
// C reaches from the slice that was measured over its neighbours, up and down, as long as each
// shows the hematoma: LEAST_SHARE of the ellipse A × B is dense there, over what was dense on the
// slice before. Every such slice counts whole, with its real position and the thickness of one.
// Kothari's own count (half of a slice that shows a quarter to three quarters of the area, none of
// one that shows less) was made for slices of 10 mm; of thinner ones it would take a third off an
// ellipsoid.

const LEAST_SHARE = 0.05; // of the ellipse
const LEAST_CONTRAST = 10; // HU of the hematoma above the brain around it
const AROUND = 1.5; // the brain: from the ellipse to one so many times as large
const BONE = 40; // HU above the hematoma

function abcOf(volume, points) {
  const [lowest, highest] = endsOf(points).map((index) => volume.positions_mm[index]);
  const a = lengthMm(volume, points[0], points[1]);
  const b = lengthMm(volume, points[2], points[3]);
  const c = Math.abs(highest - lowest) + volume.spacing_mm[0];
  return { a, b, c, ml: (a * b * c) / 2000 };
}

// the lowest and the highest slice that C counts
function endsOf(points) {
  const ends = points.slice(IN_PLANE).map(({ slice }) => slice);
  return [Math.min(...ends), Math.max(...ends)];
}

// The ends once one is put on another slice: the one on its side of the slice that was measured. On
// that slice itself it is the nearer one, and pointed at again the other: C is then that slice alone.
function correctedEnds(points, index) {
  const [lowest, highest] = endsOf(points);
  const measuredOn = points[0].slice;
  const [below, above] = [measuredOn - lowest, highest - measuredOn];
  const isLower = index === measuredOn ? below > 0 && (above === 0 || below < above) : index < measuredOn;
  return isLower ? [index, highest] : [lowest, index];
}

function volumeWords(volume, points) {
  const { a, b, c, ml } = abcOf(volume, points);
  const [longest, across, high] = [a, b, c].map((mm) => mm.toFixed(0));
  return `${ml.toFixed(1)} ml = A ${longest} × B ${across} × C ${high} mm / 2, ${slicesOfC(points)}`;
}

function slicesOfC(points) {
  const [lowest, highest] = endsOf(points).map((index) => index + 1);
  return lowest === highest ? `slice ${lowest} alone` : `slices ${lowest}–${highest}`;
}

// what the reader may do once C is proposed; on other slices nothing else tells what it is now
function correctionWords(points) {
  return `volume: C is ${slicesOfC(points)}. Click: ends here. Drag: new A`;
}

// the ends of C as the HU have it; the slice alone, where it is hardly denser than what lies around
function proposedEnds(volume, diameters) {
  const index = diameters[0].slice;
  const [inside, around] = regionsOf(volume, diameters);
  const hu = huOfSlice(volume, index);
  const blood = medianHu(inside.map((pixel) => hu[pixel]));
  const brain = medianHu(around.map((pixel) => hu[pixel]).filter((hu) => hu >= 0 && hu < blood));
  if (!(blood - brain >= LEAST_CONTRAST)) return [index, index];
  const dense = (slice) => denseOf(volume, slice, inside, (blood + brain) / 2, blood + BONE);
  const last = (slice, over, step) => {
    const next = volume.has[slice + step] ? dense(slice + step) : [];
    const shared = next.filter((pixel) => over.has(pixel)).length;
    return shared >= LEAST_SHARE * inside.length ? last(slice + step, new Set(next), step) : slice;
  };
  return [-1, 1].map((step) => last(index, new Set(dense(index)), step));
}

// the pixels of the ellipse A × B, and those of the ring around it
function regionsOf(volume, diameters) {
  const [a, otherA, b, otherB] = diameters;
  const middle = { x: meanOfAll(diameters.map(({ x }) => x)), y: meanOfAll(diameters.map(({ y }) => y)) };
  const [halfA, halfB] = [lengthMm(volume, a, otherA) / 2, lengthMm(volume, b, otherB) / 2];
  const [toX, toY] = millimetres(volume, a, otherA).map((mm) => mm / (2 * halfA));
  const regions = [[], []];
  for (const { pixel, place } of pixelsNear(volume, middle, AROUND * Math.max(halfA, halfB))) {
    const [x, y] = millimetres(volume, middle, place);
    const off = Math.hypot((x * toX + y * toY) / halfA, (y * toX - x * toY) / halfB);
    if (off <= AROUND) regions[off <= 1 ? 0 : 1].push(pixel);
  }
  return regions;
}

// the pixels of a square around a place that reaches so many mm, but for the rim of the slice
function* pixelsNear({ rows, columns, spacing_mm: [, rowMm, columnMm] }, { x, y }, reachMm) {
  const [down, across] = [reachMm / rowMm, reachMm / columnMm];
  for (let row = Math.max(1, Math.floor(y - down)); row < Math.min(rows - 1, y + down); row++) {
    for (let column = Math.max(1, Math.floor(x - across)); column < Math.min(columns - 1, x + across); column++) {
      yield { pixel: row * columns + column, place: { x: column + 0.5, y: row + 0.5 } };
    }
  }
}

function medianHu(hu) {
  return hu.sort((one, other) => one - other)[hu.length >> 1];
}

function meanOfAll(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// those of the pixels that lie between two HU, noise averaged over nine
function denseOf(volume, slice, pixels, low, high) {
  const hu = huOfSlice(volume, slice);
  const nine = [-1, 0, 1].flatMap((line) => [-1, 0, 1].map((step) => line * volume.columns + step));
  return pixels.filter((pixel) => {
    const mean = meanOfAll(nine.map((way) => hu[pixel + way]));
    return mean > low && mean < high;
  });
}
