// The parts around the picture: presets, heat switch, tools, "look first".

const THUMBNAIL = 84; // CSS pixels
const THUMBNAIL_VIEW = { ...FIRST_VIEW, zoom: 1.2 }; // less air around the head

class Panel {
  constructor(viewer) {
    this.viewer = viewer;
    this.message = viewer.find(".message");
    this.film = viewer.find(".film");
    this.sheet = viewer.find(".sheet");
    this.opacity = viewer.find(".heat-opacity input");
    this.floor = viewer.find(".heat-floor input");
    this.heatSwitch = viewer.find(".heat-switch");
    this.pace = viewer.find(".pace input");
    this.listen();
  }

  listen() {
    const { viewer } = this;
    this.opacity.addEventListener("input", () => viewer.setHeat({ opacity: this.opacity.value / 100 }));
    this.floor.addEventListener("input", () => viewer.setHeat({ floor: this.floor.value / 100 }));
    this.heatSwitch.addEventListener("click", () => viewer.toggleHeat());
    viewer.find(".cine-switch").addEventListener("click", () => viewer.cine.toggle());
    this.pace.addEventListener("input", () => viewer.cine.setPace(Number(this.pace.value)));
    this.tools = [...viewer.root.querySelectorAll("[data-tool]")];
    for (const button of this.tools) {
      button.addEventListener("click", () => viewer.measures.choose(button.dataset.tool));
    }
    viewer.find(".invert").addEventListener("click", () => viewer.invert());
    viewer.find(".turn").addEventListener("click", () => viewer.turn());
    viewer.find(".mirror").addEventListener("click", () => viewer.mirror());
    viewer.find(".planes").addEventListener("click", () => viewer.panes.toggle());
    this.slab = viewer.find(".slab");
    this.slab.replaceChildren(...SLABS.map((slab) => new Option(slabWords(slab) || "slab off")));
    this.slab.addEventListener("change", () => {
      viewer.setSlab(SLABS[this.slab.selectedIndex]);
      viewer.canvas.focus(); // the keys are the picture's again
    });
    viewer.find(".reset").addEventListener("click", () => viewer.reset());
    viewer.find(".keys").addEventListener("click", () => this.toggleSheet());
  }

  say(sentence) {
    this.isLoading = false;
    this.message.textContent = sentence;
    this.message.hidden = !sentence;
    this.message.classList.toggle("aside", Boolean(this.viewer.volume)); // the head stays to be seen
  }

  // what the next picture takes away, as it does no fault
  sayLoading(sentence) {
    this.say(sentence);
    this.isLoading = true;
    this.message.classList.remove("aside");
  }

  // the layout of the study to come, before its images are here
  opening(data) {
    const { meta, windows } = data;
    this.sayLoading(`Loading ${meta.slices} slices…`);
    this.viewer.find(".planes").disabled = meta.shear === undefined;
    this.presets = windows.map((preset, i) => this.presetButton(preset, i));
    this.viewer.find(".presets").replaceChildren(...this.presets);
    fillSheet(this.sheet, windows);
    this.showEvidence(data);
  }

  showEvidence(data) {
    this.film.replaceChildren();
    this.viewer.strip.take(data);
  }

  // a slice, or one of the slab around it, that is not there yet
  waiting({ has, slices }) {
    const { index, strip } = this.viewer;
    const here = has.reduce((sum, one) => sum + one, 0);
    this.sayLoading(`Loading slice ${index + 1} of ${slices}; ${here} are here…`);
    strip.follow(index);
  }

  opened(volume) {
    const { evidence, scores, windows } = this.viewer.data;
    if (!evidence.length) return;
    const table = grayTable(windows[0], volume);
    const buttons = evidence.map((index) => this.thumbnail(volume, index, table, scores[index]));
    this.film.replaceChildren(element("span", "Look first", "title"), ...buttons);
  }

  presetButton(preset, i) {
    const button = element("button", `${i + 1} ${preset.name}`);
    button.type = "button";
    button.title = `${preset.name} window, centre ${preset.center}, width ${preset.width} HU (key ${i + 1})`;
    button.addEventListener("click", () => this.viewer.setWindow(preset));
    return button;
  }

  thumbnail(volume, index, table, score) {
    const button = element("button", "", "thumbnail");
    button.type = "button";
    button.title = `Go to slice ${index + 1} (key N goes from one to the next)`;
    button.dataset.slice = index + 1;
    button.append(smallPicture(volume, index, table), element("span", `${index + 1} · ${score.toFixed(2)}`));
    button.addEventListener("click", () => this.viewer.goTo(index));
    return button;
  }

  // everything that names the slice on screen, in the same frame as the picture
  follow() {
    const { index, volume, window: shown, heat, heatmap, canvas } = this.viewer;
    if (this.isLoading) this.say("");
    const place = `slice ${index + 1} of ${volume.slices}`;
    this.viewer.strip.follow(index);
    canvas.setAttribute("aria-label", `CT ${place}, ${shown.name} window`);
    this.presets.forEach((button, i) => mark(button, this.viewer.windows[i] === shown));
    this.heatSwitch.disabled = !heatmap;
    mark(this.heatSwitch, heat.on);
    mark(this.viewer.find(".cine-switch"), this.viewer.cine.isOn);
    for (const button of this.tools) mark(button, button.dataset.tool === this.viewer.measures.tool);
    mark(this.viewer.find(".planes"), this.viewer.panes.isOn);
    this.slab.selectedIndex = SLABS.indexOf(this.viewer.slab);
    mark(this.viewer.find(".invert"), this.viewer.isInverted);
    mark(this.viewer.find(".mirror"), this.viewer.view.isMirrored);
    this.viewer.find(".pace").classList.toggle("off", !this.viewer.cine.isOn);
    this.viewer.find(".pace output").textContent = `${this.viewer.cine.pace} / s`;
    this.viewer.find(".heat-range").classList.toggle("off", !heat.on);
    this.viewer.find(".heat-opacity output").textContent = `${Math.round(heat.opacity * 100)} %`;
    this.viewer.find(".heat-floor output").textContent = heat.floor.toFixed(2);
    for (const button of this.film.querySelectorAll("button")) {
      mark(button, Number(button.dataset.slice) === index + 1);
    }
  }

  toggleSheet(isOpen = this.sheet.hidden) {
    this.sheet.hidden = !isOpen;
    this.viewer.find(".keys").setAttribute("aria-expanded", String(isOpen));
  }
}

function mark(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

function smallPicture(volume, index, table) {
  const whole = document.createElement("canvas");
  paint(whole, huOfSlice(volume, index), volume.columns, table);
  const small = document.createElement("canvas");
  const side = THUMBNAIL * (window.devicePixelRatio || 1);
  small.width = small.height = Math.round(side);
  const place = placeOf(volume, THUMBNAIL_VIEW, { width: small.width, height: small.height });
  const context = small.getContext("2d");
  context.imageSmoothingQuality = "high";
  drawPlaced(context, whole, place);
  return small;
}
