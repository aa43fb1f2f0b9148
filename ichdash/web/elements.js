// Parts of a page, for components that make their rows themselves; joined in front of them.

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function setText(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

