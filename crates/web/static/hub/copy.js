// Copies the text of a field when its button is pressed, and says so.
const SHOWN_MS = 3000;
const timers = new WeakMap();

for (const button of document.querySelectorAll('[data-copy-button]')) {
  button.hidden = false;
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy-button]');
  if (!button) return;
  const copy = button.closest('[data-copy]');
  const status = copy.querySelector('[role="status"]');
  const isCopied = await write(copy.querySelector('input, textarea'), button);
  status.textContent = isCopied ? status.dataset.copied : status.dataset.copyFailed;
  status.classList.remove('visually-hidden');
  if (isCopied) tell(button, status);
});

// Browsers offer the clipboard over HTTPS and on localhost only, and may refuse it. The older way works elsewhere; what it has
// selected can still be copied by keyboard when it fails, too.
async function write(field, button) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    const isCopied = document.execCommand('copy');
    if (isCopied) button.focus();
    return isCopied;
  }
}

function tell(button, status) {
  button.dataset.text ??= button.textContent;
  button.textContent = 'Copied!';
  clearTimeout(timers.get(button));
  const reset = () => {
    button.textContent = button.dataset.text;
    status.textContent = '';
    status.classList.add('visually-hidden');
  };
  timers.set(button, setTimeout(reset, SHOWN_MS));
}
