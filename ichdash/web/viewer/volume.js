// The volume in the browser: fetched once by its address, inflated, kept for the page's life. The
// slice to look at first comes first, and is shown while the others still arrive.
//
// The byte format is `row-difference-planes/1`, which ichdash/imaging/display.py writes and
// describes. Each slice is unpacked to HU as it arrives (about 1 ms), so that any plane through the
// volume can be drawn from it.

const ENCODING = "row-difference-planes/1";
const TURN_MS = 8; // of taking slices in at a time
const KEPT_VOLUMES = 3; // enough to go back and forth between neighbours of the worklist

// On the page, not in the module: a changed script is a new module, the volumes stay.
const keptVolumes = (globalThis[Symbol.for("ichdash.volumes")] ??= new Map());

function volumeAt(url, meta) {
  const kept = keptVolumes.get(url) ?? new Loading(url, meta);
  keptVolumes.delete(url);
  keptVolumes.set(url, kept); // the last one used is the last one dropped
  for (const oldest of keptVolumes.keys()) {
    if (keptVolumes.size <= KEPT_VOLUMES) break;
    keptVolumes.delete(oldest);
  }
  kept.whole.catch(() => keptVolumes.delete(url)).finally(() => kept.watchers.clear()); // may be tried again
  return kept;
}

// A volume that can be shown from its first slice on, while the others still arrive.
class Loading {
  constructor(url, meta) {
    this.watchers = new Set(); // called as slices arrive
    this.whole = this.read(url, meta); // settles when all is there, or cannot be
    this.first = new Promise((resolve, reject) => {
      this.watchers.add(resolve);
      this.whole.catch(reject);
    });
    this.first.catch(() => {}); // whoever waits for `whole` is told
  }

  async read(url, meta) {
    if (meta.encoding !== ENCODING) {
      throw new Error(`The images are stored as ${meta.encoding}; this page reads ${ENCODING}.`);
    }
    const pixels = meta.rows * meta.columns;
    const has = new Uint8Array(meta.slices); // which slices are there
    this.volume = { ...meta, hu: new Int16Array(pixels * meta.slices), has };
    this.order = meta.order ?? Array.from(has, (_, index) => index);
    this.table = huOfCode(meta);
    this.packed = new Uint8Array(2 * pixels); // of the slice that arrives
    this.arrived = 0;
    this.needed = this.packed.length * meta.slices;
    let until = performance.now() + TURN_MS;
    for await (const chunk of inflated(url)) {
      this.take(chunk);
      if (has[this.order[0]]) for (const watcher of this.watchers) watcher();
      if (performance.now() < until) continue;
      await nextTurn();
      until = performance.now() + TURN_MS;
    }
    this.packed = null;
    if (this.arrived !== this.needed) {
      throw new Error(`The images arrived incomplete (${this.arrived} of ${this.needed} bytes).`);
    }
  }

  take(chunk) {
    const { packed, volume } = this;
    for (let from = 0; from < chunk.length && this.arrived < this.needed; ) {
      const place = this.arrived % packed.length;
      const part = chunk.subarray(from, from + packed.length - place);
      packed.set(part, place);
      from += part.length;
      this.arrived += part.length;
      if (this.arrived % packed.length) continue;
      const index = this.order[this.arrived / packed.length - 1];
      unpack(packed, volume.columns, this.table, huOfSlice(volume, index));
      volume.has[index] = 1;
    }
  }
}

// Chunks that are there already follow each other without an end to the browser's turn: no key is
// answered and no frame is drawn until the last. A message to oneself comes after what waits.
function nextTurn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

async function* inflated(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server no longer has the images (HTTP ${response.status}).`);
  const reader = inflating(response.body).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function inflating(stream) {
  return stream.pipeThrough(new DecompressionStream("deflate"));
}

// the HU that each code stands for
function huOfCode({ levels, segments }) {
  const table = new Int16Array(levels);
  for (const [firstCode, firstHu, step] of segments) {
    for (let code = firstCode; code < levels; code++) {
      table[code] = firstHu + step * (code - firstCode);
    }
  }
  return table;
}

// one slice's two planes of bytes to HU; each row's codes add to those of the row above
function unpack(packed, columns, table, hu) {
  const codes = new Uint16Array(columns);
  for (let i = 0, column = 0; i < hu.length; i++) {
    const zigzag = packed[i] | (packed[hu.length + i] << 8);
    codes[column] += (zigzag >> 1) ^ -(zigzag & 1);
    hu[i] = table[codes[column]];
    column = column + 1 === columns ? 0 : column + 1;
  }
}

// HU of one slice, Int16Array (rows * columns), without a copy
function huOfSlice(volume, index) {
  const pixels = volume.rows * volume.columns;
  return volume.hu.subarray(index * pixels, (index + 1) * pixels);
}
