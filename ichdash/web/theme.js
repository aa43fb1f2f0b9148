// Dark on a first visit, and one choice of theme for all pages.
// Streamlit starts with the system's theme and keeps a choice apart for each page's address, so
// that a link to a case would open in another theme than the worklist that it came from.
(() => {
  if (window.ichdashTheme) return;
  window.ichdashTheme = true;
  const MARK = "ichdash-theme";
  const loaded = new URL(performance.getEntriesByType("navigation")[0].name).pathname;
  const root = loaded.replace(/(upload|sessions|teaching|case|model)\/?$/, "");
  const key = (path) => `stActiveTheme-${path}-v2`;
  const keep = (theme) => {
    for (const page of ["", "upload", "sessions", "teaching", "case", "model"]) {
      localStorage.setItem(key(root + page), JSON.stringify(theme));
    }
    localStorage.setItem(key(loaded), JSON.stringify(theme));
    localStorage.setItem(MARK, theme);
  };
  const follow = () => {
    const chosen = JSON.parse(localStorage.getItem(key(loaded)) ?? "null");
    if (chosen && chosen !== localStorage.getItem(MARK)) keep(chosen);
  };
  if (localStorage.getItem(MARK)) {
    follow();
  } else {
    keep("Dark");
    if (matchMedia("(prefers-color-scheme: light)").matches) location.reload();
  }
  document.addEventListener("click", () => setTimeout(follow));
})();
