// Puts another address over this page, which answers a form, so that reloading it does not send the form again.
const once = document.querySelector('[data-once]');
if (once) history.replaceState(null, '', once.dataset.once);
