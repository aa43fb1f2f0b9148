// The keyboard: every frequent act has a key, and the sheet under "?" is made from the same list.

const PAGE = 5; // slices that Page up and Page down move

// isShared: keys that other parts of a page use too, when they have the focus; isFor: when it is for
// the picture at all, and not for a menu that is open
const KEYS = [
  { keys: ["ArrowDown", "ArrowRight"], does: "next slice (towards the head)", act: (v) => v.step(1), isShared: true },
  { keys: ["ArrowUp", "ArrowLeft"], does: "slice before", act: (v) => v.step(-1), isShared: true },
  { keys: ["PageDown"], does: `${PAGE} slices on`, act: (v) => v.step(PAGE), isShared: true },
  { keys: ["PageUp"], does: `${PAGE} slices back`, act: (v) => v.step(-PAGE), isShared: true },
  { keys: ["Home"], does: "first slice", act: (v) => v.goTo(0), isShared: true },
  { keys: ["End"], does: "last slice", act: (v) => v.goTo(Infinity), isShared: true },
  { keys: ["n"], does: "next slice of those with most evidence", act: (v) => v.nextEvidence() },
  { keys: ["5"], does: "your own window again, as you last dragged it", act: (v) => v.own && v.setWindow(v.own) },
  { keys: ["h"], does: "heatmap on and off", act: (v) => v.toggleHeat() },
  { keys: ["g"], does: "heatmap of the next finding", act: (v) => v.heatOf.next() },
  { keys: ["p"], does: "coronal and sagittal planes beside the slice", act: (v) => v.panes.toggle() },
  { keys: ["t"], does: "thicker slab: mean or highest HU through some millimetres", act: (v) => v.nextSlab() },
  { keys: ["l"], does: "second stack: scroll together or alone", act: (v) => v.beside.toggleLink() },
  { keys: ["d"], does: "measure a distance", act: (v) => v.measures.choose("distance") },
  { keys: ["a"], does: "measure an angle", act: (v) => v.measures.choose("angle") },
  { keys: ["e"], does: "measure HU and area in an ellipse", act: (v) => v.measures.choose("region") },
  { keys: ["v"], does: "measure a hematoma's volume (ABC/2)", act: (v) => v.measures.choose("volume") },
  { keys: ["Delete", "Backspace"], does: "remove your last measurement on this slice", act: (v) => v.measures.removeLast() },
  { keys: ["c"], does: "cine: play and stop", act: (v) => v.cine.toggle() },
  { keys: ["i"], does: "invert", act: (v) => v.invert() },
  { keys: ["o"], does: "turn by a quarter", act: (v) => v.turn() },
  { keys: ["m"], does: "mirror", act: (v) => v.mirror() },
  { keys: ["r"], does: "window, zoom, turn and position back to the start", act: (v) => v.reset() },
  { keys: ["?"], does: "this sheet", act: (v) => v.toggleSheet() },
  { keys: ["Escape"], does: "close this sheet, put the measuring tool away", act: (v) => v.dismiss(), isShared: true, isFor: (v) => v.canDismiss },
];

const MOUSE = [
  ["wheel", "slice by slice"],
  ["drag up or down", "scroll"],
  ["click", "moves the crosshair, where the planes are shown"],
  ["drag, measuring", "a new line; of a volume A, then B"],
  ["click, C proposed", "C of the volume ends on this slice"],
  ["right drag", "window: across is width, up and down is centre"],
  ["middle or shift drag", "pan"],
  ["ctrl + wheel", "zoom"],
  ["double click", "whole slice again"],
];

const KEY_NAMES = {
  ArrowDown: "↓", ArrowUp: "↑", ArrowRight: "→", ArrowLeft: "←",
  PageDown: "Page ↓", PageUp: "Page ↑", Escape: "Esc", Delete: "Del", Backspace: "⌫",
};

const TEXT_FIELDS = "textarea, select, [contenteditable='true'], input:not([type='range']):not([type='radio']):not([type='checkbox'])";

// what uses the arrow and page keys itself when it has the focus
const ARROW_USERS = "input, textarea, select, canvas, [role='listbox'], [role='combobox'], [role='menu'], [role='tablist'], [role='grid']";

// choices in a row, as Streamlit's pills and segmented controls: the others are reached by these keys
const ROWS = "[role='radiogroup'], [role='toolbar']";
const ROW_KEYS = ["ArrowLeft", "ArrowRight"];

class Keys {
  constructor(root, viewer) {
    this.root = root;
    this.viewer = viewer;
    this.listen = (event) => this.press(event);
    // On the window and first: Streamlit's own "r" would run the page again.
    window.addEventListener("keydown", this.listen, { capture: true });
  }

  stop() {
    window.removeEventListener("keydown", this.listen, { capture: true });
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    if (target instanceof Element && target.matches(TEXT_FIELDS)) return;
    const act = this.actOf(event.key, target);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act(this.viewer);
  }

  actOf(key, target) {
    const preset = this.viewer.windows[Number(key) - 1];
    if (preset) return (viewer) => viewer.setWindow(preset);
    const entry = KEYS.find(({ keys }) => keys.includes(key.length === 1 ? key.toLowerCase() : key));
    if (!entry || (entry.isFor && !entry.isFor(this.viewer))) return null;
    return !entry.isShared || this.isFree(key, target) ? entry.act : null;
  }

  // Arrows and page keys are the picture's, unless the focus is on something that uses them.
  isFree(key, target) {
    if (!(target instanceof Element)) return true;
    if (this.root.contains(target)) return !target.matches(".heat-range input, .pace input");
    if (ROW_KEYS.includes(key) && target.closest(ROWS)) return false;
    return !target.closest(ARROW_USERS);
  }
}

function sheetRows(windows) {
  const presets = windows.map(({ name }, i) => [String(i + 1), `${name} window`]);
  const keys = KEYS.map(({ keys: names, does }) => [
    names.map((key) => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)).join(" "),
    does,
  ]);
  return [...presets, ...keys, ...MOUSE];
}

function fillSheet(sheet, windows) {
  sheet.replaceChildren(
    ...sheetRows(windows).map(([key, does]) => {
      const row = element("div", "", "row");
      row.append(element("kbd", key), element("span", does));
      return row;
    }),
  );
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}
