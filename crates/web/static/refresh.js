// Keeps a part of the page as it is now while something goes on, and loads the page anew when it is over.
const EVERY_MS = 2000;
const FAILURES_MAX = 5;
let failures = 0;

const part = () => document.querySelector('[data-refresh]');
if (part()) setTimeout(refresh, EVERY_MS);

async function refresh() {
  // Nobody sees it.
  if (document.hidden) return setTimeout(refresh, EVERY_MS);
  try {
    const res = await fetch(location.href, { redirect: 'error' });
    if (!res.ok) throw new Error(`the hub answered ${res.status}`);
    // A document that is parsed so runs nothing, and its texts are escaped.
    const page = new DOMParser().parseFromString(await res.text(), 'text/html');
    const fresh = page.querySelector('[data-refresh]');
    if (!fresh) return location.reload();
    tell(page.querySelector('[data-refresh-said]'));
    if (fresh.innerHTML !== part().innerHTML) part().replaceChildren(...fresh.childNodes);
    failures = 0;
  } catch {
    failures += 1;
  }
  // The link beside it is still there.
  if (failures < FAILURES_MAX) setTimeout(refresh, EVERY_MS);
}

// Screen readers read what changes there, and only that: the part itself changes with every look.
function tell(fresh) {
  const said = document.querySelector('[data-refresh-said]');
  if (said && fresh && said.textContent !== fresh.textContent) said.textContent = fresh.textContent;
}
