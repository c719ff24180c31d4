// Whoever guesses passwords waits; whoever knows one does not wait for that.
import { withHub } from "../hub.mjs";
import { HOME_PATH, OWNER, VIEWER, owner, signIn } from "./people.mjs";

/** What one account may fail at one address before it waits. */
const FAILURES = 5;

export function guesses(report) {
  return report.group("whoever guesses passwords waits").run((group) =>
    withHub({}, async (hub) => {
      await owner(hub);
      await hub.addOperator(VIEWER.Email, "viewer", VIEWER.Password);
      await accountsLookAlike(group, hub);
      for (let guess = 2; guess <= FAILURES; guess += 1) {
        const { answer } = await signIn(hub, { ...OWNER, Password: `guess number ${guess}` });
        group.equals(`guess ${guess} is answered 422`, answer.status, 422);
      }
      const { answer, visitor } = await signIn(hub, OWNER);
      group.equals("then even the right password has to wait", [answer.status, visitor.session], [429, undefined]);
      group.matches("the answer says how many seconds", answer.headers["retry-after"], /^[1-9]\d?$/);
      const other = await signIn(hub, VIEWER);
      group.equals("another account signs in at once", [other.answer.status, other.answer.headers.location], [303, HOME_PATH]);
      group.holds("no password is in the log", ![OWNER, VIEWER].some((who) => hub.log().includes(who.Password)));
      group.holds("no mail address is in the log", !hub.log().includes("@example.com"), hub.log().slice(0, 300));
    }),
  );
}

/** What is answered does not tell whether there is such an account. */
async function accountsLookAlike(group, hub) {
  const known = (await signIn(hub, { ...OWNER, Password: "guess number 1" })).answer;
  const unknown = (await signIn(hub, { Email: "ida@example.com", Password: "guess number 1" })).answer;
  const plain = (answer, email) => answer.text.replaceAll(email, "").replaceAll(/[\w-]{43,}/g, "");
  group.equals("an account that is not there is answered 422", [known.status, unknown.status], [422, 422]);
  group.holds("it is answered as one that is there", plain(known, OWNER.Email) === plain(unknown, "ida@example.com"), "the pages differ");
}
