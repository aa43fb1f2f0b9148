// What was measured or removed and is not known to be kept. A page that is loaded again in the same
// instant may never have told it, so the tab keeps it meanwhile, under the name of the scene (UIDs and
// numbers), and tells it once more. A change is told under the id that it is kept by: to tell it
// twice changes nothing.
//
// A change that is told again after a load says who made it, since another name may stand at the top
// right by then; one that is told at once is by whoever reads now, whom the page knows best.

const UNKEPT = "ichdash-unkept";

class Unkept {
  constructor(viewer) {
    this.viewer = viewer;
    this.changes = [];
  }

  // A scene opens; what is measured on some is not kept.
  open({ name, keeps }) {
    this.place = keeps ? `${UNKEPT} ${name}` : null;
    const left = this.place && sessionStorage.getItem(this.place);
    this.changes = left ? JSON.parse(left) : [];
    this.isLeft = Boolean(left);
    this.old = new Set(this.changes.map(markOf)); // from before this load
  }

  note(change) {
    this.changes.push({ ...change, reader: this.viewer.data.reader });
    this.remember();
    this.tell();
  }

  // the marks of what the page has kept; what was left when the page went is told once more
  hear(marks) {
    this.changes = this.changes.filter((change) => !marks.includes(markOf(change)));
    this.remember();
    if (this.isLeft && this.changes.length) this.tell();
    this.isLeft = false;
  }

  remember() {
    if (!this.place) return;
    if (this.changes.length) sessionStorage.setItem(this.place, JSON.stringify(this.changes));
    else sessionStorage.removeItem(this.place);
  }

  tell() {
    if (!this.place) return;
    const signed = (change) => (this.old.has(markOf(change)) ? change : { ...change, reader: "" });
    this.viewer.tellMeasured(this.changes.map(signed));
  }

  // ids of what was removed
  get removed() {
    return new Set(this.changes.filter((each) => each.removed).map(({ id }) => id));
  }

  // what a reader measured, or somebody who had given no name yet
  measuredBy(reader) {
    const { removed } = this;
    return this.changes.filter(
      ({ id, kind, reader: by }) => kind && !removed.has(id) && (!by || by === reader),
    );
  }
}

// as measured.py has it
function markOf({ id, removed }) {
  return removed ? `removed ${id}` : id;
}
