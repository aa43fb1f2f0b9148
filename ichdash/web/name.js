// The name typed in this tab, kept by the tab: a page that is loaded again needs none typed anew.

const KEPT = "ichdash-reader";
const FIELD = 'input[aria-label="Reader"]';

// Enter leaves the field, so that the next key is the image's and not a letter of the name.
globalThis[Symbol.for("ichdash.name")] ??= document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Enter" && target.matches?.(FIELD)) setTimeout(() => target.blur());
}) ?? true;

export default function mount({ data, setStateValue }) {
  const kept = sessionStorage.getItem(KEPT);
  if (data.name) sessionStorage.setItem(KEPT, data.name);
  else if (kept) setStateValue("name", kept);
}
