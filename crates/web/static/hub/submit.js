// Sends a form once: its button rests until an answer is there.
const REST_MS = 10000;

document.addEventListener('submit', ({ target, submitter, defaultPrevented }) => {
  if (defaultPrevented || !submitter || target.getAttribute('method') !== 'post') return;
  // Later, because a button that rests already is left out of what is sent.
  setTimeout(() => rest(submitter));
});

function rest(button) {
  button.disabled = true;
  button.dataset.sent = '';
  // Who stopped the browser may try again.
  setTimeout(() => wake(button), REST_MS);
}

function wake(button) {
  button.disabled = false;
  delete button.dataset.sent;
}

addEventListener('pageshow', () => document.querySelectorAll('[data-sent]').forEach(wake));
