// One study as a row: made once, filled again at each refresh. Follows table.js in one module.

function newRow(uid) {
  const row = element("tr");
  row.dataset.uid = uid;
  for (const [, , kind] of COLUMNS) row.append(element("td", kind));
  const [mark, probability, patient, , study] = row.children;
  mark.className = "mark-cell";
  const anchor = element("a");
  anchor.append(element("span", "icon"), element("span", "word"));
  anchor.querySelector(".icon").setAttribute("aria-hidden", "true");
  mark.append(anchor);
  const bar = element("span", "bar");
  bar.append(element("i"));
  probability.append(bar, element("span", "value"));
  patient.append(element("span", "stat", "STAT"), element("span", "name"), element("span", "second"));
  study.append(element("span", "text"), element("span", "reason"));
  return row;
}

function fill(row, study, link) {
  const [, probability, patient, accession, description, acquired, received, , slices, review] =
    row.children;
  row.dataset.mark = study.mark;
  row.querySelector("a").href = link + encodeURIComponent(study.uid);
  row.dataset.received = study.received;
  row.dataset.waiting = study.waiting;
  setText(row.querySelector(".icon"), study.icon);
  setText(row.querySelector(".word"), study.mark);
  const hasProbability = study.probability !== null;
  row.querySelector(".bar").style.visibility = hasProbability ? "visible" : "hidden";
  row.querySelector(".bar i").style.width = `${100 * (study.probability ?? 0)}%`;
  setText(probability.querySelector(".value"), study.probability_text);
  probability.classList.toggle("another", study.another !== "");
  probability.title = study.another;
  row.querySelector(".stat").hidden = !study.stat;
  setText(patient.querySelector(".name"), study.name);
  setText(patient.querySelector(".second"), study.person);
  patient.title = [study.name, study.patient_id && `ID ${study.patient_id}`, study.person]
    .filter(Boolean)
    .join(" · ");
  setText(accession, study.accession);
  row.classList.toggle("has-reason", study.reason !== "");
  setText(description.querySelector(".text"), study.description);
  setText(description.querySelector(".reason"), study.reason);
  description.title = [study.description, study.reason].filter(Boolean).join(" · ");
  showTime(acquired, study.acquired);
  showTime(received, study.received);
  setText(slices, study.slices ?? "–");
  setText(review, study.reader ? `${study.review} · ${study.reader}` : study.review);
  review.classList.toggle("quiet", study.review !== "unread");
  showWaiting(row);
}

const DAY = { near: { day: "numeric", month: "short" }, far: { day: "numeric", month: "short", year: "numeric" } };

function showTime(cell, iso) {
  const moment = iso ? new Date(iso) : null;
  const isThisYear = moment?.getFullYear() === new Date().getFullYear();
  const isToday = moment?.toDateString() === new Date().toDateString();
  const clock = moment?.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const day = moment?.toLocaleDateString("en-GB", DAY[isThisYear ? "near" : "far"]);
  setText(cell, !moment ? "–" : isToday ? clock : `${day} ${clock}`);
  cell.title = moment ? moment.toLocaleString("en-GB", { dateStyle: "full", timeStyle: "medium" }) : "";
}

function showWaiting(row) {
  const cell = row.children[7];
  const seconds = Math.max(0, (Date.now() - new Date(row.dataset.received)) / 1000);
  const isWaiting = row.dataset.waiting === "true";
  setText(cell, isWaiting ? span(seconds) : "");
  cell.classList.toggle("late", isWaiting && seconds > 60 * LATE_MINUTES);
}

function span(seconds) {
  for (const [unit, length, least] of [["d", 86400, 2], ["h", 3600, 2], ["min", 60, 1]]) {
    if (seconds >= least * length) return `${Math.floor(seconds / length)} ${unit}`;
  }
  return `${Math.floor(seconds)} s`;
}
