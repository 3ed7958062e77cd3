import { describe, expect, it } from "vitest";
import { find, MOST, type Target } from "../src/components/palette/find";

function service(name: string, more = ""): Target {
  return { key: `${name} ${more}`, kind: "service", name, more, to: `/services/${name}` };
}

const names = (text: string, targets: Target[]): string[] => find(targets, text).map(({ name }) => name);

describe("what is found", () => {
  it("puts the closest first", () => {
    const targets = [service("Old mailbox"), service("Premailer"), service("Mailbox poller"), service("Mail"), service("Other", "mail-other")];
    expect(names("mail", targets)).toEqual(["Mail", "Mailbox poller", "Old mailbox", "Other", "Premailer"]);
  });

  it("needs every word, in the name or the code, in either case", () => {
    const targets = [service("Link checker", "crawl-eu"), service("Link checker", "crawl-us"), service("File worker")];
    expect(find(targets, "LINK eu").map(({ more }) => more)).toEqual(["crawl-eu"]);
    expect(names("link worker", targets)).toEqual([]);
  });

  it("is short however much there is", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => service(`svc-${String(index).padStart(5, "0")}`));
    expect(names("svc", many)).toHaveLength(MOST);
    expect(names("svc-09999", many)).toEqual(["svc-09999"]);
  });
});
