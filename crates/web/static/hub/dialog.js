// Shows the question of another page in a dialog of this one. Whenever something is not as expected, the link leads to that page.
const TIMEOUT_MS = 5000;
const dialog = document.createElement('dialog');
let opener = null;

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-dialog]');
  const isPlain = event.button === 0 && !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (!link || !isPlain) return;
  event.preventDefault();
  // One question at a time: a second click while the first is fetched is the same click.
  if (opener) return;
  opener = link;
  ask(link.href);
});

async function ask(href) {
  const question = await find(href).catch(() => null);
  if (question) return show(question);
  opener = null;
  location.assign(href);
}

async function find(href) {
  // A redirect means that the question has gone, or that nobody is signed in any more.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(href, { mode: 'same-origin', credentials: 'same-origin', redirect: 'error', signal });
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return page.querySelector('[data-confirm]');
}

function show(question) {
  dialog.replaceChildren(question);
  dialog.setAttribute('aria-labelledby', 'confirm-title');
  dialog.setAttribute('aria-describedby', 'confirm-text');
  document.body.append(dialog);
  dialog.showModal();
}

dialog.addEventListener('click', (event) => {
  // The dialog has no padding: what is clicked on it and on nothing in it is the backdrop.
  const isCancel = event.target === dialog || event.target.closest('[data-cancel]');
  if (!isCancel) return;
  event.preventDefault();
  dialog.close();
});

dialog.addEventListener('close', () => {
  dialog.replaceChildren();
  dialog.remove();
  opener?.focus();
  opener = null;
});

addEventListener('pageshow', ({ persisted }) => {
  if (persisted) dialog.close();
});
