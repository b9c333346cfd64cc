// GOV.UK Notify's own client for Node against the double. Prints the number of checks that passed.
const assert = require("node:assert");
const { randomUUID } = require("node:crypto");
const { NotifyClient } = require("notifications-node-client");

const ready = JSON.parse(process.env.READY);
const client = new NotifyClient(ready.govuk.replace(/\/$/, ""), ready.api_key);
const { sms, email } = ready.free_text;
let passed = 0;

function check(holds, name) {
  assert(holds, name);
  passed += 1;
}

async function refused(status, error, call) {
  const answer = await call().then(
    () => assert.fail(`${error} was expected`),
    (failure) => failure.response,
  );
  check(answer.status === status && answer.data.errors[0].error === error, error);
}

async function main() {
  const reference = randomUUID();
  const body = "Your appointment is on Tuesday 2 June at 9:30am.";
  const text = (await client.sendSms(sms, "07700900123", { personalisation: { body }, reference })).data;
  check(text.content.body === body && text.reference === reference, "the text");
  const personalisation = { subject: "Your appointment", body };
  const mail = (await client.sendEmail(email, "patient@example.com", { personalisation, reference })).data;
  check(mail.content.subject === "Your appointment", "the email");
  const found = (await client.getNotificationById(text.id)).data;
  check(found.status === "created" && found.type === "sms", "the message");
  const page = (await client.getNotifications("sms", "created", reference)).data.notifications;
  check(page.length === 1 && page[0].id === text.id, "by reference");
  check((await client.getTemplateById(sms)).data.body === "((body))", "the template");
  check((await client.getTemplateByIdAndVersion(sms, 1)).data.version === 1, "its version");
  check((await client.getAllTemplates("email")).data.templates.length >= 1, "the templates");
  check((await client.previewTemplateById(sms, { body })).data.body === body, "the preview");
  const replies = (await client.getReceivedTexts()).data.received_text_messages;
  check(replies.length === 1 && replies[0].content === "CANCEL 7834", "the reply");
  await refused(400, "ValidationError", () => client.sendSms(sms, "07", { personalisation: { body } }));
  await refused(400, "BadRequestError", () => client.sendSms(sms, "07700900123", {}));
  await refused(404, "NoResultFound", () => client.getNotificationById(randomUUID()));
  console.log(`notifications-node-client: ${passed} checks passed`);
}

main().catch((error) => {
  console.error(error.response ? error.response.data : error);
  process.exit(1);
});
