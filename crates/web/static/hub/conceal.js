// Shows and hides secrets, and leaves none in a page that has been left: browsers keep whole pages for going back.
for (const button of document.querySelectorAll('[data-reveal]')) {
  button.hidden = false;
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-reveal]');
  if (!button) return;
  const field = document.getElementById(button.getAttribute('aria-controls'));
  const isConcealed = field.readOnly ? field.toggleAttribute('data-concealed') : toggleType(field);
  button.firstElementChild.textContent = isConcealed ? 'Show' : 'Hide';
});

// A password that is typed is concealed by the browser itself.
function toggleType(field) {
  field.type = field.type === 'password' ? 'text' : 'password';
  return field.type === 'password';
}

// Sent as a password again, so that the browser does not keep it among what was typed.
document.addEventListener('submit', ({ target }) => {
  for (const field of target.querySelectorAll('input[type="text"][autocomplete$="password"]')) field.type = 'password';
});

// What is selected by hand is copied as it is, and not as the dots that stand for it.
document.addEventListener('copy', (event) => {
  const field = event.target;
  if (!field.matches?.('[data-concealed]')) return;
  event.clipboardData.setData('text/plain', field.value.slice(field.selectionStart, field.selectionEnd));
  event.preventDefault();
});

addEventListener('pagehide', () => {
  for (const secret of secrets()) {
    secret.value = '';
    secret.removeAttribute('value');
    secret.textContent = '';
  }
});

// The page came back with its fields emptied: asked for anew, it is what it is now.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && secrets().length > 0) location.replace(location.pathname + location.search);
});

function secrets() {
  return document.querySelectorAll('[data-secret]');
}
