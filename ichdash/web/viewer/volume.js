// The volume in the browser: fetched once by its address, inflated, kept for the page's life. The
// slice to look at first comes first, and is shown while the others still arrive.
//
// Each slice is unpacked to HU as it arrives (`unpacking`), so that any plane through the volume can be
// drawn from it.

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
    const has = new Uint8Array(meta.slices); // which slices are there
    this.volume = { ...meta, hu: new Int16Array(meta.rows * meta.columns * meta.slices), has };
    const worker = unpacker();
    try {
      await new Promise((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }) => {
          if (data.fault) reject(new Error(data.fault));
          else if (data.isWhole) resolve();
          else this.take(data);
        };
        worker.postMessage({ url: new URL(url, location.href).href, meta });
      });
    } finally {
      worker.terminate();
    }
  }

  take({ index, hu }) {
    huOfSlice(this.volume, index).set(hu);
    this.volume.has[index] = 1;
    for (const watcher of this.watchers) watcher();
  }
}

// HU of one slice, Int16Array (rows * columns), without a copy
function huOfSlice(volume, index) {
  const pixels = volume.rows * volume.columns;
  return volume.hu.subarray(index * pixels, (index + 1) * pixels);
}
