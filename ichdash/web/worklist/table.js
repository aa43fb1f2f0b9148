// The worklist's table: rows are kept and updated in place, so that a refresh moves nothing that
// need not move and keeps focus, scroll and text selection. Everything that came out of a DICOM
// header is set as text, never as markup.

const COLUMNS = [
  ["triage", "State", ""],
  ["probability", "Probability", ""],
  ["patient", "Patient", ""],
  ["accession", "Accession", ""],
  ["description", "Study", ""],
  ["acquired", "Acquired", ""],
  ["received", "Received", ""],
  ["waiting", "Waiting", "number"],
  ["slices", "Slices", "number"],
  ["review", "Review", ""],
];
const LATE_MINUTES = 30;
const STALE_SECONDS = 30;
const SETTLE_MS = 500; // a click this soon after a refresh moved rows was meant for another
const tables = new WeakMap();

export default function (component) {
  const { parentElement } = component;
  let table = tables.get(parentElement);
  if (!table) {
    table = new Table(parentElement.querySelector(".worklist"));
    tables.set(parentElement, table);
  }
  table.show(component.data, component.setTriggerValue);
  return () => {
    table.stop();
    tables.delete(parentElement);
  };
}

class Table {
  constructor(root) {
    this.root = root;
    this.body = root.querySelector("tbody");
    this.rows = new Map();
    this.movedAt = 0;
    this.body.addEventListener("click", (event) => this.open(event));
    this.body.addEventListener("auxclick", (event) => event.button === 1 && this.open(event));
    this.body.addEventListener("keydown", (event) => this.step(event));
    root.querySelector("select").addEventListener("change", (event) => {
      this.send("size", Number(event.target.value));
    });
    this.choice = new Choice(this);
    this.clock = setInterval(() => this.tick(), 1000);
  }

  stop() {
    clearInterval(this.clock);
  }

  show(data, setTriggerValue) {
    const isSameView = this.data && this.data.view === data.view;
    this.data = data;
    this.updatedAt = Date.now();
    this.send = (name, value) => setTriggerValue(name, value);
    this.showHead();
    this.showRows(isSameView);
    this.showFoot();
    this.tick();
  }

  showHead() {
    const head = this.root.querySelector("thead tr");
    if (!head.children.length) head.append(...COLUMNS.map((column) => this.heading(column)));
    for (const cell of head.children) {
      const isSorted = cell.dataset.column === this.data.sort;
      const direction = this.data.descending ? "descending" : "ascending";
      if (isSorted) cell.setAttribute("aria-sort", direction);
      else cell.removeAttribute("aria-sort");
      const arrow = !isSorted || this.data.sort === "triage" ? "" : this.data.descending ? " ↓" : " ↑";
      setText(cell.firstChild, cell.dataset.label + arrow);
    }
  }

  heading([column, label, kind]) {
    const cell = element("th", kind);
    cell.scope = "col";
    cell.dataset.column = column;
    cell.dataset.label = label;
    const button = element("button", "", label);
    button.title = column === "triage" ? "Most urgent first" : `Sort by ${label.toLowerCase()}`;
    button.addEventListener("click", () => this.send("sort", column));
    cell.append(button);
    return cell;
  }

  showRows(isSameView) {
    const focused = this.root.getRootNode().activeElement;
    const wanted = this.data.rows.map((row) => this.row(row, isSameView));
    const kept = new Set(wanted);
    for (const [uid, row] of this.rows) {
      if (kept.has(row)) continue;
      row.remove();
      if (isSameView) this.movedAt = performance.now(); // those below moved up
      this.rows.delete(uid);
    }
    wanted.forEach((row, index) => {
      const there = this.body.children[index];
      if (there === row) return;
      this.body.insertBefore(row, there ?? null);
      if (isSameView) this.movedAt = performance.now();
    });
    if (focused?.isConnected && this.body.contains(focused)) focused.focus({ preventScroll: true });
    const nothing = this.root.querySelector(".nothing");
    nothing.hidden = wanted.length > 0;
    setText(nothing, "No study matches these filters.");
  }

  row(study, isSameView) {
    let row = this.rows.get(study.uid);
    if (!row) {
      row = newRow(study.uid);
      if (isSameView) row.classList.add("new");
      this.rows.set(study.uid, row);
    }
    fill(row, study, this.data.link);
    this.choice.mark(row);
    return row;
  }

  showFoot() {
    const { page, pages, sizes, size, total } = this.data;
    const select = this.root.querySelector("select");
    if (!select.options.length) select.append(...sizes.map((n) => new Option(n, n)));
    select.value = size;
    setText(this.root.querySelector(".note"), this.data.note);
    const nav = this.root.querySelector("nav");
    const shown = `${page}/${pages}`;
    this.root.querySelector(".foot").hidden = total === 0;
    if (nav.dataset.shown === shown) return;
    nav.dataset.shown = shown;
    nav.replaceChildren(...this.pager(page, pages));
  }

  pager(page, pages) {
    if (pages < 2) return [];
    const near = [1, page - 1, page, page + 1, pages];
    const numbers = [...new Set(near)].filter((n) => n >= 1 && n <= pages);
    const buttons = [this.pageButton("‹", page - 1, page > 1, "Previous page")];
    numbers.forEach((n, index) => {
      if (index && n - numbers[index - 1] > 1) buttons.push(element("span", "", "…"));
      const button = this.pageButton(n.toLocaleString("en"), n, true, `Page ${n}`);
      if (n === page) button.setAttribute("aria-current", "page");
      buttons.push(button);
    });
    return [...buttons, this.pageButton("›", page + 1, page < pages, "Next page")];
  }

  pageButton(text, page, isEnabled, label) {
    const button = element("button", "", text);
    button.setAttribute("aria-label", label);
    button.disabled = !isEnabled;
    button.addEventListener("click", () => this.send("page", page));
    return button;
  }

  tick() {
    const age = Math.round((Date.now() - this.updatedAt) / 1000);
    const updated = this.root.querySelector(".updated");
    updated.classList.toggle("stale", age > STALE_SECONDS);
    setText(updated, age > STALE_SECONDS ? `not updated for ${span(age)}` : `updated ${age} s ago`);
    for (const row of this.body.children) showWaiting(row);
  }

  open(event) {
    const row = event.target.closest("tr");
    if (!row || String(getSelection())) return;
    event.preventDefault();
    if (this.choice.isOn) {
      this.choice.toggle(row);
      return;
    }
    if (performance.now() - this.movedAt < SETTLE_MS && event.detail > 0) return;
    if (event.ctrlKey || event.metaKey || event.button === 1) {
      window.open(row.querySelector("a").href, "_blank", "noopener");
    } else {
      this.send("open", row.dataset.uid);
    }
  }

  step(event) {
    const row = event.target.closest("tr");
    const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling };
    const target = next[event.key];
    if (!target) return;
    event.preventDefault();
    target.querySelector("a").focus();
  }
}

