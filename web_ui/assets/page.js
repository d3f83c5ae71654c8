// Refreshes the parts of a page marked `data-live` while it is open. Everything works without this script.
// Idiomorph changes only the differences, so focus, selection and scroll position are kept.
const EVERY_MS = 5000;
let busy = false;

// A form must not change while someone is filling it in.
function isInUse(part) {
  const ticked = part.querySelector("input:checked");
  const selected = document.getSelection();
  const isSelecting = selected && !selected.isCollapsed && part.contains(selected.anchorNode);
  return Boolean(ticked) || Boolean(isSelecting);
}

async function refresh() {
  const parts = document.querySelectorAll("[data-live]");
  if (busy || !parts.length || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const newer = fresh.getElementById(part.id);
      if (!newer || isInUse(part)) continue;
      for (const details of part.querySelectorAll("details[open]")) {
        const same = [...newer.querySelectorAll("details")].find((each) => each.textContent === details.textContent);
        if (same) same.open = true;
      }
      Idiomorph.morph(part, newer, { ignoreActiveValue: true, restoreFocus: true });
    }
  } finally {
    busy = false;
  }
}

setInterval(() => refresh().catch((error) => console.warn("refresh failed:", error.message)), EVERY_MS);
