// The name typed in this tab, kept by the tab: a page that is loaded again needs none typed anew.

const KEPT = "ichdash-reader";

export default function mount({ data, setStateValue }) {
  const kept = sessionStorage.getItem(KEPT);
  if (data.name) sessionStorage.setItem(KEPT, data.name);
  else if (kept) setStateValue("name", kept);
}
