// Asks the hub whether an address can be an endpoint, when its field is left.
const button = document.querySelector('[data-check-url]');
if (button) {
  const form = button.form;
  const field = form.elements.url;
  const status = button.parentElement.querySelector('[role="status"]');
  let asked = field.value.trim();

  field.addEventListener('blur', () => {
    const url = field.value.trim();
    if (url && url !== asked) check(url);
  });
  button.addEventListener('click', (event) => {
    event.preventDefault();
    check(field.value.trim());
  });

  async function check(url) {
    asked = url;
    status.textContent = 'Checking.';
    try {
      const body = new URLSearchParams({ token: form.elements.token.value, url, as: 'json' });
      const res = await fetch(button.formAction, { method: 'POST', body, redirect: 'error' });
      const said = await res.json();
      if (asked === url) status.textContent = said.text ?? said.detail;
    } catch {
      if (asked === url) status.textContent = 'It could not be checked. It is checked when you save.';
    }
  }
}
