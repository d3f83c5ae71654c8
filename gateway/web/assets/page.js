// Renews the progress every few seconds while somebody looks. Everything else works without a script.
const EVERY_MS = 5000;

async function renew() {
  const old = document.getElementById("progress");
  if (!old || document.hidden) return;
  const answer = await fetch("/progress" + location.search, { redirect: "error" });
  if (!answer.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = parsed.getElementById("progress");
  if (fresh) old.replaceWith(fresh);
}

setInterval(() => renew().catch((error) => console.warn("not renewed:", error.message)), EVERY_MS);
