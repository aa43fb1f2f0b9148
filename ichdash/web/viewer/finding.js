// Which finding the heatmap is of: that of hemorrhage comes with the case, the others' are fetched
// together when the first of them is asked for. All are on one scale.

const FIRST_FINDING = "hemorrhage";

class HeatOf {
  constructor(viewer) {
    this.viewer = viewer;
    this.choice = viewer.find(".heat-finding");
    this.select = this.choice.querySelector("select");
    this.select.addEventListener("change", () => {
      this.pick();
      viewer.canvas.focus(); // the keys are the picture's again
    });
  }

  // another study, or the same with or without its evidence: off at first
  async take({ name, heatmap, subtypes }) {
    this.subtypes = subtypes;
    this.fetching = null;
    this.viewer.heat.on = false;
    this.choice.hidden = !subtypes;
    this.select.replaceChildren(...[FIRST_FINDING, ...(subtypes?.findings ?? [])].map((each) => new Option(each)));
    this.own = heatmapFrom(heatmap);
    await this.choose(FIRST_FINDING);
    this.viewer.lead.opened(name); // a heatmap that the presenter has switched on by now
  }

  // what the reader has selected; a fault of the one before is told no longer
  pick() {
    this.viewer.panel.say("");
    this.choose(this.select.value);
  }

  // No heatmap stands under another finding's name, also while its own is still to come.
  async choose(finding) {
    this.finding = finding;
    const { own, subtypes, viewer } = this;
    const isWanted = () => this.own === own && this.finding === finding;
    viewer.heatmap = null;
    viewer.drawSoon();
    try {
      const found = await (finding === FIRST_FINDING ? own : this.fetched(subtypes, finding));
      if (isWanted()) viewer.heatmap = found;
      viewer.drawSoon();
    } catch (error) {
      if (isWanted()) this.miss(finding);
    }
  }

  miss(finding) {
    this.viewer.panel.say(`The heatmap of ${finding} did not arrive. Choose it again.`);
    if (finding === FIRST_FINDING) return;
    this.select.value = FIRST_FINDING; // so that the same one can be selected again
    this.choose(FIRST_FINDING);
  }

  async fetched({ url, findings, shape }, finding) {
    this.fetching ??= bytesAt(url);
    this.fetching.catch(() => (this.fetching = null));
    const [, slices, rows, columns] = shape;
    const size = slices * rows * columns;
    const at = findings.indexOf(finding) * size;
    return { values: (await this.fetching).subarray(at, at + size), slices, rows, columns };
  }

  next() {
    if (!this.viewer.heat.on) return this.viewer.toggleHeat();
    if (!this.subtypes) return;
    this.select.selectedIndex = (this.select.selectedIndex + 1) % this.select.length;
    this.pick();
  }
}

async function bytesAt(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return bytesOf(inflating(response.body));
}

async function bytesOf(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
