// The volume's bytes to HU, in a worker: it neither waits for the page to be drawn, nor the page for
// it. `unpacker` hands these functions over as text, so they use nothing but one another.
//
// The byte format is `row-difference-planes/1`, which ichdash/imaging/display.py writes and
// describes.

function unpacker() {
  const told = [hand, unpackedSlices, inflated, answerOf, inflating, huOfCode, unpack].join("\n");
  const source = `${told}\nonmessage = ({ data }) => hand(data.url, data.meta);`;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  return worker;
}

async function hand(url, meta) {
  try {
    for await (const slice of unpackedSlices(url, meta)) postMessage(slice, [slice.hu.buffer]);
    postMessage({ isWhole: true });
  } catch (fault) {
    postMessage({ fault: fault.message });
  }
}

// each slice, in the order in which they are stored, once it has arrived
async function* unpackedSlices(url, { slices, rows, columns, order, ...meta }) {
  const table = huOfCode(meta);
  const packed = new Uint8Array(2 * rows * columns); // of the slice that arrives
  const needed = packed.length * slices;
  let arrived = 0;
  for await (const chunk of inflated(url)) {
    for (let from = 0; from < chunk.length && arrived < needed; ) {
      const place = arrived % packed.length;
      const part = chunk.subarray(from, from + packed.length - place);
      packed.set(part, place);
      from += part.length;
      arrived += part.length;
      if (arrived % packed.length) continue;
      const stored = arrived / packed.length - 1;
      const hu = new Int16Array(rows * columns);
      unpack(packed, columns, table, hu);
      yield { index: order?.[stored] ?? stored, hu };
    }
  }
  if (arrived !== needed) {
    throw new Error(`The images arrived incomplete (${arrived} of ${needed} bytes).`);
  }
}

async function* inflated(url) {
  const response = await answerOf(url);
  if (!response.ok) throw new Error(`The server no longer has the images (HTTP ${response.status}).`);
  const reader = inflating(response.body).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

// A network that fails for a moment is asked again.
async function answerOf(url) {
  for (const pauseMs of [500, 1500]) {
    try {
      return await fetch(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return fetch(url).catch(() => {
    throw new Error("The images did not arrive: the server does not answer.");
  });
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
