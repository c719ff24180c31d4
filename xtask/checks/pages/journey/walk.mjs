// One person who walks through the pages of a hub, and what every journey does there.
import { send } from "../http.mjs";
import { look } from "../looks.mjs";
import { visit } from "../browser.mjs";

export const OWNER = { email: "ada@example.com", password: "seventeen blue teapots" };
/** Where a sign-in leads to. */
export const HOME_PATH = "/admin/overview";
export const KEYS_PATH = "/admin/developer/api-keys";

/** A person at a browser. */
export class Walk {
  static async begin(group, browser, hub, kind, options) {
    const walk = new Walk();
    Object.assign(walk, { group, browser, hub, kind }, await visit(browser, hub, kind, options));
    return walk;
  }

  /** Closes the browser's window and forgets its cookies. */
  end() {
    return this.context.close();
  }

  /** Another person at a browser of the same kind. */
  another(options) {
    return Walk.begin(this.group, this.browser, this.hub, this.kind, options);
  }

  /** Waits until something can be seen. */
  async see(sentence, locator) {
    await this.group.does(sentence, () => locator.first().waitFor());
    return locator.first();
  }

  /** Notes that something is not on the page, which is there as a whole. */
  async lacks(sentence, locator) {
    this.group.equals(sentence, await locator.filter({ visible: true }).allTextContents(), []);
  }

  /** Opens a page; the answer that it ends with. */
  open(path) {
    return this.leads(`${path} opens`, () => this.page.goto(this.hub.base + path));
  }

  /** Does something that leads to another page, and waits until that is there; the answer that it ends with. */
  leads(sentence, action) {
    return this.group.does(sentence, async () => {
      const { page } = this;
      const isAnswer = (answer) => answer.request().isNavigationRequest() && (answer.status() < 300 || answer.status() > 399);
      const arrived = Promise.all([
        page.waitForResponse(isAnswer),
        page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame()),
      ]);
      const [[answer]] = await Promise.all([arrived, action()]);
      await page.waitForLoadState("load");
      return answer;
    });
  }

  /** Presses a button that leads to a page. */
  press(name, where = this.page) {
    const button = where.getByRole("button", { name, exact: true });
    return this.leads(`the button "${name}" leads on`, () => button.click());
  }

  /** Follows a link to a page. */
  follow(name, where = this.page) {
    const link = where.getByRole("link", { name, exact: true });
    return this.leads(`the link "${name}" leads on`, () => link.click());
  }

  /** Opens the menu, which a narrow screen hides behind a button, and follows one of its links. */
  async visitPlace(name) {
    const menu = this.page.getByRole("button", { name: "Menu", exact: true });
    if (await menu.isVisible()) await this.group.does("the menu opens", () => menu.click());
    return this.follow(name, this.page.getByRole("navigation", { name: "Main" }));
  }

  /** Types into fields, by their labels. */
  async type(values, where = this.page) {
    for (const [label, text] of Object.entries(values)) {
      await this.group.does(`"${label}" takes what is typed`, () => where.getByLabel(label, { exact: true }).fill(text));
    }
  }

  /** The part of the page below a heading. */
  section(heading) {
    return this.page.locator("section").filter({ has: this.page.getByRole("heading", { name: heading, exact: true }) }).last();
  }

  /** The rows of a table in which a text stands. */
  rows(text) {
    return this.page.locator("tbody tr").filter({ hasText: text });
  }

  /** Notes where the person is: path and query. */
  isAt(sentence, expected) {
    const { pathname, search } = new URL(this.page.url());
    this.group.equals(sentence, pathname + search, expected);
  }

  /** Looks at the page as it stands. */
  look(state) {
    return look(this.group, this, this.kind, state);
  }

  /** Follows a link that asks first, looks at what it asks, and presses its button. */
  async confirm({ link, heading, button, state }) {
    const asking = await this.ask(this.page.getByRole("link", { name: link, exact: true }), heading);
    if (state !== undefined) await this.look(state);
    return this.press(button, asking);
  }

  /** Follows a link that asks first; what asks: a dialog with scripts, a page without. */
  async ask(link, heading) {
    const { page } = this;
    if (!this.kind.scripts) {
      await this.leads(`a link leads to the page that asks "${heading}"`, () => link.click());
      await this.see(`the page asks "${heading}"`, page.getByRole("heading", { level: 1, name: heading, exact: true }));
      return page.getByRole("main");
    }
    await this.group.does(`the link to "${heading}" can be pressed`, () => link.click());
    const dialog = page.getByRole("dialog");
    await this.see(`a dialog asks "${heading}"`, dialog.getByRole("heading", { name: heading, exact: true }));
    return dialog;
  }

  /** Signs in by the page. */
  async signIn({ email, password }) {
    await this.open("/admin/sign-in");
    await this.type({ Email: email, Password: password });
    return this.press("Sign in");
  }

  /** The session's cookie, as a header. */
  async cookie() {
    const cookies = await this.context.cookies();
    return cookies.filter(({ name }) => name.includes("session")).map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** What the API answers to a key. */
  async whoami(token) {
    const answer = await send(`${this.hub.base}/api/hub/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
    return answer.status;
  }
}

/** Issues keys by the API, in their order; their tokens. */
export async function issueKeys(hub, wanted) {
  const tokens = [];
  const token = await hub.issueKey();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const key of wanted) {
    const answer = await send(`${hub.base}/api/hub/v1/keys`, { method: "POST", headers, body: JSON.stringify(key) });
    if (answer.status !== 201) throw new Error(`issuing a key answered ${answer.status}: ${answer.text}`);
    tokens.push(JSON.parse(answer.text).token);
  }
  return tokens;
}
