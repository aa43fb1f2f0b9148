// The cases of a session as a list that is put in order by dragging, by its arrows, or with Alt and
// the arrow keys. It tells one move, "this case before that one", never a whole order: what
// another reader did meanwhile then stays. Rows are kept, so that a refresh disturbs no typing.

const lists = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) {
    list = new List(parentElement.querySelector(".cases"));
    lists.set(parentElement, list);
  }
  list.show(data, setTriggerValue);
  return () => lists.delete(parentElement);
}

class List {
  constructor(root) {
    this.body = root.querySelector("ol");
    this.said = root.querySelector(".said");
    this.rows = new Map();
    this.sentAgain = new Set(); // cases
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    const wanted = data.cases.map((each) => this.row(each));
    for (const [id, row] of this.rows) {
      if (wanted.includes(row)) continue;
      row.remove();
      this.rows.delete(id);
    }
    wanted.forEach((row, at) => {
      if (this.body.children[at] !== row) this.body.insertBefore(row, this.body.children[at] ?? null);
    });
    wanted.at(-1)?.querySelector(".down").setAttribute("disabled", "");
    if (this.refocus) this.rows.get(this.refocus)?.focus();
    this.refocus = null;
    this.sendAgain();
  }

  // A note that the page went away with before it was kept, one at a time: the next after its answer.
  sendAgain() {
    const isDue = ({ id }) => !this.sentAgain.has(id) && unkeptNote(id);
    const due = this.data.frozen ? null : this.data.cases.find(isDue);
    for (const { id } of this.data.cases) this.sentAgain.add(id); // later ones are sent as they are typed
    if (!due) return;
    const row = this.rows.get(due.id);
    this.note(row, row.querySelector(".note"));
  }

  row(shown) {
    let row = this.rows.get(shown.id);
    if (!row) {
      row = this.newRow(shown.id);
      this.rows.set(shown.id, row);
    }
    fill(row, shown, this.data.frozen);
    return row;
  }

  newRow(id) {
    const row = element("li");
    row.tabIndex = 0;
    row.dataset.case = id;
    const handle = element("span", "handle", "⠿");
    handle.title = "Drag to another place (or Alt + ↑ ↓)";
    const who = element("div", "who");
    who.append(element("a"), element("span", "sub"));
    const note = element("input", "note");
    note.addEventListener("blur", () => this.note(row, note));
    note.addEventListener("keydown", (event) => event.key === "Enter" && note.blur());
    const decision = element("div", "decision");
    decision.append(element("b"), element("span"));
    row.append(handle, element("span", "number"), who, note, decision, this.acts(row));
    row.addEventListener("keydown", (event) => this.press(event, row));
    this.makeDraggable(row, handle);
    return row;
  }

  acts(row) {
    const acts = element("div", "acts");
    for (const [name, sign, meaning, act] of [
      ["up", "↑", "Move up", () => this.step(row, -1)],
      ["down", "↓", "Move down", () => this.step(row, 1)],
      ["remove", "✕", "Take out of the session (can be undone)", () => this.tell("remove", row)],
    ]) {
      const button = element("button", name, sign);
      button.type = "button";
      button.title = meaning;
      button.setAttribute("aria-label", meaning);
      button.addEventListener("click", act);
      acts.append(button);
    }
    return acts;
  }

  // Only the handle starts a drag, so that text can be selected and notes typed.
  makeDraggable(row, handle) {
    handle.addEventListener("pointerdown", (event) => this.grasp(event, row, handle));
    handle.addEventListener("pointermove", (event) => this.dragged === row && this.over(event));
    handle.addEventListener("pointerup", (event) => this.dragged === row && this.drop(event));
    handle.addEventListener("lostpointercapture", () => this.letGo());
  }

  grasp(event, row, handle) {
    if (this.data.frozen || event.button !== 0) return;
    event.preventDefault();
    this.letGo();
    handle.setPointerCapture(event.pointerId);
    this.dragged = row;
    row.classList.add("dragged");
  }

  over(event) {
    const target = this.after(event.clientY);
    this.mark(target);
    (target ?? this.body.lastElementChild).scrollIntoView({ block: "nearest" });
  }

  letGo() {
    this.dragged?.classList.remove("dragged");
    this.dragged = null;
    this.mark(null);
  }

  // the row that a drop at this height goes before; undefined at the end
  after(y) {
    return [...this.body.children].find((row) => {
      const { top, height } = row.getBoundingClientRect();
      return y < top + height / 2;
    });
  }

  mark(row) {
    for (const each of this.body.children) each.classList.toggle("target", each === row);
    this.body.classList.toggle("end", row === undefined);
  }

  drop(event) {
    const { dragged } = this;
    const target = this.after(event.clientY);
    this.letGo();
    if (target !== dragged && target !== dragged.nextElementSibling) this.move(dragged, target);
  }

  press(event, row) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.target.matches("input")) return;
    event.preventDefault();
    if (event.altKey) this.step(row, step);
    else (step < 0 ? row.previousElementSibling : row.nextElementSibling)?.focus();
  }

  step(row, by) {
    if (this.data.frozen) return;
    const target = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (target) this.move(row, by < 0 ? target : target.nextElementSibling);
  }

  move(row, before) {
    this.body.insertBefore(row, before ?? null); // at once; the server's order follows
    this.refocus = Number(row.dataset.case);
    row.focus();
    const place = [...this.body.children].indexOf(row) + 1;
    this.said.textContent = `Moved to place ${place} of ${this.body.children.length}`;
    this.send("move", { case: this.refocus, before: before ? Number(before.dataset.case) : null });
  }

  // whatever is not kept is sent, also what was sent before and refused
  note(row, input) {
    const { was } = input.dataset;
    if (input.value === was) return;
    input.dataset.sent = input.value;
    sessionStorage.setItem(placeOf(row.dataset.case), JSON.stringify({ text: input.value, was }));
    this.send("note", { case: Number(row.dataset.case), text: input.value, was });
  }

  tell(name, row) {
    this.send(name, Number(row.dataset.case));
  }
}

function fill(row, shown, isFrozen) {
  const find = (selector) => row.querySelector(selector);
  setText(find(".number"), shown.number);
  setText(find("a"), shown.title);
  find("a").href = shown.link;
  setText(find(".sub"), shown.sub);
  find(".sub").classList.toggle("lost", shown.is_lost);
  find(".who").title = `${shown.title} · ${shown.sub}`;
  fillNote(find(".note"), shown, isFrozen);
  setText(find(".decision b"), shown.verdict);
  setText(find(".decision span"), shown.decided);
  find(".handle").style.visibility = isFrozen ? "hidden" : "visible";
  find(".up").disabled = isFrozen || shown.number === 1;
  find(".down").disabled = isFrozen;
  find(".remove").disabled = isFrozen;
}

// What the tab remembers of a case's note: sent, and not kept yet.
function unkeptNote(id) {
  return JSON.parse(sessionStorage.getItem(placeOf(id)) ?? "null");
}

function placeOf(id) {
  return `ichdash-note ${id}`;
}

// What is being typed stays, and what was refused; it is compared with what it began from when it is
// kept. Another reader's note takes its place: the sentence that refuses it quotes it.
function fillNote(note, shown, isFrozen) {
  const unkept = unkeptNote(shown.id);
  if (unkept && unkept.was !== shown.note) sessionStorage.removeItem(placeOf(shown.id)); // kept, or overtaken
  const { was, sent } = note.dataset;
  const isNew = was === undefined;
  const isOwn = shown.note === sent;
  const isTyping = note.matches(":focus") || (note.value !== was && (isOwn || shown.note === was));
  if (isNew) note.value = !isFrozen && unkept?.was === shown.note ? unkept.text : shown.note;
  else if (!isTyping) note.value = shown.note;
  if (isNew || isOwn || !isTyping) note.dataset.was = shown.note;
  note.disabled = isFrozen;
  note.placeholder = isFrozen ? "" : "note, shown with the case";
  note.title = shown.noted_by ? `${shown.note} · ${shown.noted_by}` : "";
  note.setAttribute("aria-label", `Note of case ${shown.number}`);
}
