// Studies that are chosen, to put them into a session: off until asked for, so that the worklist
// stays calm. What is chosen stays chosen on other pages of the list. Follows row.js in one module.

class Choice {
  constructor(table) {
    this.table = table;
    this.chosen = new Set();
    this.isOn = false;
    this.switch = table.root.querySelector(".select");
    this.add = table.root.querySelector(".add");
    this.switch.addEventListener("click", () => this.turn(!this.isOn));
    this.add.addEventListener("click", () => this.table.send("chosen", [...this.chosen]));
  }

  turn(isOn) {
    this.isOn = isOn;
    this.chosen.clear();
    this.switch.setAttribute("aria-pressed", String(isOn));
    setText(this.switch, isOn ? "Done" : "Select");
    for (const row of this.table.body.children) this.mark(row);
    this.count();
  }

  toggle(row) {
    const { uid } = row.dataset;
    if (!this.chosen.delete(uid)) this.chosen.add(uid);
    this.mark(row);
    this.count();
  }

  count() {
    this.add.hidden = !this.isOn;
    this.add.disabled = this.chosen.size === 0;
    setText(this.add, this.chosen.size ? `Add ${this.chosen.size} to session…` : "Add to session…");
  }

  // A check box in front of the state, where studies are being chosen.
  mark(row) {
    let box = row.querySelector(".box");
    if (!this.isOn) {
      box?.remove();
      row.classList.remove("chosen");
      return;
    }
    if (!box) {
      box = element("input", "box");
      box.type = "checkbox";
      box.tabIndex = -1; // the row's link has the focus, Enter chooses
      row.firstChild.prepend(box);
    }
    box.checked = this.chosen.has(row.dataset.uid);
    box.setAttribute("aria-label", `Choose ${row.querySelector(".name").textContent}`);
    row.classList.toggle("chosen", box.checked);
  }
}
