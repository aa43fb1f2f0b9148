// The volume in the browser: fetched once by its address, inflated, kept for the page's life. The
// slice to look at first comes first, and is shown while the others still arrive.
//
// The byte format is `row-difference-planes/1`, which ichdash/imaging/display.py writes and
// describes. It stays packed in memory; a slice is unpacked when it is shown (about 1 ms).

const ENCODING = "row-difference-planes/1";
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
  kept.whole.catch(() => keptVolumes.delete(url)); // a failed load may be tried again
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
    const size = 2 * meta.rows * meta.columns;
    const needed = size * meta.slices;
    const order = meta.order ?? Array.from({ length: meta.slices }, (_, index) => index);
    const planes = new Uint8Array(needed);
    const has = new Uint8Array(meta.slices); // which slices are there
    this.volume = { ...meta, planes, has, huOfCode: huOfCode(meta), unpacked: { index: -1, codes: null } };
    let arrived = 0;
    for await (const chunk of inflated(url)) {
      for (let from = 0; from < chunk.length && arrived < needed; ) {
        const slot = Math.floor(arrived / size);
        const part = chunk.subarray(from, from + size - (arrived % size));
        planes.set(part, order[slot] * size + (arrived % size));
        from += part.length;
        arrived += part.length;
        if (arrived % size === 0) has[order[slot]] = 1;
      }
      if (has[order[0]]) for (const watcher of this.watchers) watcher();
    }
    if (arrived !== needed) {
      throw new Error(`The images arrived incomplete (${arrived} of ${needed} bytes).`);
    }
  }
}

async function* inflated(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server no longer has the images (HTTP ${response.status}).`);
  const reader = response.body.pipeThrough(new DecompressionStream("deflate")).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
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

// codes of one slice, Uint16Array (rows * columns); each row adds to the one above it
function codesOf(volume, index) {
  if (volume.unpacked.index === index) return volume.unpacked.codes;
  const { planes, columns } = volume;
  const pixels = volume.rows * columns;
  const low = 2 * pixels * index;
  const codes = new Uint16Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const zigzag = planes[low + i] | (planes[low + pixels + i] << 8);
    const above = i < columns ? 0 : codes[i - columns];
    codes[i] = above + ((zigzag >> 1) ^ -(zigzag & 1));
  }
  volume.unpacked = { index, codes };
  return codes;
}

function huAt(volume, index, row, column) {
  return volume.huOfCode[codesOf(volume, index)[row * volume.columns + column]];
}
