// What a developer does with the catalogue: adds a type of the workspace's own, is told what is wrong with it, changes and removes it.
const CATALOG_PATH = "/admin/developer/event-types";
const HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>";
const SCHEMA = `{
  "type": "object",
  "required": ["parcel"],
  "properties": { "parcel": { "type": "integer" } }
}`;

export async function ownTypes(walk) {
  await adds(walk);
  await edits(walk);
  await removes(walk);
  await walk.open(`${CATALOG_PATH}/payment.completed`);
  await walk.see("a type of the hub says why it cannot be changed", walk.page.getByText("It comes with the hub"));
  await walk.lacks("and offers no change", walk.page.getByRole("link", { name: /^(Edit|Remove)/ }));
}

/** A type is refused for its name, then for its schema, then for its example, then added. */
async function adds(walk) {
  const { page, group } = walk;
  await walk.open(CATALOG_PATH);
  await walk.follow("Add Event Type");
  await walk.look("event-type-new");
  await walk.type({ Name: "two words", Description: HOSTILE, "Schema (optional)": '{\n  "type": "objekt"\n}', Example: '{"parcel": "one"' });
  const refused = await walk.press("Add event type");
  group.equals("a type with errors is answered 422", refused.status(), 422);
  for (const field of ["name", "schema", "sample"]) await walk.see(`the error of ${field} stands at it`, page.locator(`#${field}-error`));
  await walk.see("the place in the schema is told", page.locator("#schema-error").filter({ hasText: "/type" }));
  await walk.look("event-type-error");
  group.equals("what was typed stays", await page.getByLabel("Description", { exact: true }).inputValue(), HOSTILE);
  await walk.type({ Name: "parcel.sent", "Schema (optional)": SCHEMA, Example: '{"parcel": "one"}' });
  await walk.press("Add event type");
  await walk.see("the place in the example is told", page.locator("#sample-error").filter({ hasText: "/parcel" }));
  await walk.type({ Example: '{"parcel": 1}' });
  await walk.press("Add event type");
  walk.isAt("the new type has its page", `${CATALOG_PATH}/parcel.sent`);
  await walk.see("the page says that it is saved", page.getByText("The event type is saved."));
  group.equals("no text has become an element", await page.locator("img[src='x'], script:not([src])").count(), 0);
  await walk.look("event-type-own");
}

async function edits(walk) {
  const { page, group } = walk;
  await walk.follow("Edit parcel.sent");
  group.equals("the schema stands as it was written", await page.getByLabel("Schema (optional)", { exact: true }).inputValue(), SCHEMA);
  await walk.look("event-type-edit");
  await walk.type({ Description: "A parcel was sent." });
  await page.getByLabel("Status", { exact: true }).selectOption("archived");
  await walk.press("Save changes");
  await walk.see("the change is shown", page.getByText("A parcel was sent.").first());
  await walk.see("and that it is over", page.getByText("Archived", { exact: true }));
}

async function removes(walk) {
  const { page } = walk;
  const asked = { link: "Remove parcel.sent", heading: "Remove parcel.sent?", button: "Remove event type" };
  await walk.confirm({ ...asked, state: "event-type-remove" });
  await walk.see("the page says that it is removed", page.getByText("The event type is removed."));
  await walk.lacks("the catalogue has it no more", page.getByText("parcel.sent", { exact: true }));
}
