// Refreshes the progress every few seconds while the tab is visible. Everything else works without a script.
const EVERY_MS = 5000;

async function refresh() {
  const old = document.getElementById("progress");
  if (!old || document.hidden) return;
  const answer = await fetch("/progress" + location.search, { redirect: "error" });
  if (!answer.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = parsed.getElementById("progress");
  if (fresh) old.replaceWith(fresh);
}

setInterval(() => refresh().catch((error) => console.warn("refresh failed:", error.message)), EVERY_MS);
