import type { RJSFSchema } from "@rjsf/utils";
import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import { byCategory } from "../src/components/action/catalogue";
import { hasInput, uiSchemaOf } from "../src/components/action/formHints";
import { limitsIn } from "../src/components/action/limits";
import { openValues } from "../src/components/action/openValues";
import { formSchema } from "../src/components/action/schema";
import { SchemaValidator } from "../src/components/action/validator";
import type { ActionBody } from "../src/wire/frames";

/** Shows key and value, so that a test sees which text was chosen. */
const t = ((key: string, values: object) => [key, ...Object.values(values)].join(" ").trim()) as unknown as TFunction;
const validator = new SchemaValidator(t);

const SCHEMA: RJSFSchema = {
  type: "object",
  required: ["url"],
  properties: {
    url: { type: "string", minLength: 3 },
    depth: { type: "integer", minimum: 1, maximum: 5 },
    mode: { enum: ["fast", "full"] },
    tags: { type: "array", items: { $ref: "#/$defs/tag" } },
  },
  $defs: { tag: { type: "string", maxLength: 4 } },
};

function complaints(payload: Record<string, unknown>): Record<string, string> {
  const { errors } = validator.validateFormData(payload, SCHEMA);
  return Object.fromEntries(errors.map(({ property, message }) => [property ?? "", message ?? ""]));
}

describe("checking a payload", () => {
  it("accepts what fits", () => {
    expect(complaints({ url: "http://a", depth: 2, mode: "fast", tags: ["a"] })).toEqual({});
  });

  it("says at each field what does not fit", () => {
    expect(complaints({ url: "x", depth: 9, mode: "slow" })).toEqual({
      ".url": "validation.minLength 3",
      ".depth": "validation.maximum 5",
      ".mode": "validation.enum fast,full",
    });
  });

  it("reports a missing field where it should be", () => {
    expect(complaints({})).toEqual({ ".url": "validation.required" });
  });

  it("follows references into lists", () => {
    expect(Object.keys(complaints({ url: "abc", tags: ["ok", "too long"] }))).toEqual([".tags.1"]);
  });

  it("treats a cleared field as absent", () => {
    expect(complaints({ url: "abc", depth: undefined })).toEqual({});
  });

  it("puts the complaints where the form looks for them", () => {
    const { errorSchema } = validator.validateFormData({ url: "abc", depth: 0 }, SCHEMA);
    expect(errorSchema).toEqual({ depth: { __errors: ["validation.minimum 1"] } });
  });

  it("refuses numbers out of range and what is no number, and changes nothing of it", () => {
    const payload = { url: "abc", depth: 999 };
    expect(complaints(payload)).toEqual({ ".depth": "validation.maximum 5" });
    expect(payload.depth).toBe(999);
    expect(complaints({ url: "abc", depth: 0 })).toEqual({ ".depth": "validation.minimum 1" });
    expect(complaints({ url: "abc", depth: 2.5 })).toEqual({ ".depth": "validation.integer integer" });
    expect(complaints({ url: "abc", depth: "12abc" })).toHaveProperty([".depth"], "validation.integer integer");
  });

  it("tells which of two shapes fits, with the references of the whole schema", () => {
    expect(validator.isValid({ $ref: "#/$defs/tag" }, "abc" as never, SCHEMA)).toBe(true);
    expect(validator.isValid({ $ref: "#/$defs/tag" }, "abcde" as never, SCHEMA)).toBe(false);
  });

  it("lets a schema that makes no sense pass", () => {
    expect(validator.validateFormData({ a: 1 }, { properties: { a: { pattern: "(" } } }).errors).toEqual([]);
  });
});

describe("the form of a schema", () => {
  it("drops the headings and makes optional values simple", () => {
    const schema = formSchema({
      title: "T",
      description: "D",
      properties: {
        note: { anyOf: [{ type: "string" }, { type: "null" }], default: null, title: "Note" },
        size: { type: ["integer", "null"] },
        either: { anyOf: [{ type: "string" }, { type: "integer" }] },
      },
    });
    expect(schema).toEqual({
      type: "object",
      properties: {
        note: { type: "string", title: "Note" },
        size: { type: "integer" },
        either: { anyOf: [{ type: "string" }, { type: "integer" }] },
      },
    });
  });

  it("turns hints into widgets", () => {
    const ui = uiSchemaOf({
      properties: {
        newPassword: { type: "string" },
        text: { type: "string", format: "textarea", placeholder: "Say it" } as RJSFSchema,
        level: { enum: [1, 2], enumLabels: ["low", "high"] } as RJSFSchema,
        tags: { type: "array", items: { type: "string" } },
        fixed: { type: "string", readOnly: true },
      },
    }, limitsIn(t));
    expect(ui.newPassword).toMatchObject({ "ui:widget": "password" });
    expect(ui.text).toEqual({ "ui:widget": "textarea", "ui:placeholder": "Say it" });
    expect(ui.level).toEqual({ "ui:enumNames": ["low", "high"] });
    expect(ui.tags).toEqual({ "ui:widget": "tags" });
    expect(ui.fixed).toEqual({ "ui:readonly": true });
  });

  it("tells the limits of numbers in the help text", () => {
    const help = (property: object): unknown => uiSchemaOf({ properties: { a: property } }, limitsIn(t)).a?.["ui:description"];
    expect(help({ type: "integer", minimum: 1, maximum: 16, description: "At a time." })).toBe("At a time. validation.range 1 16");
    expect(help({ type: "number", exclusiveMinimum: 0 })).toBe("validation.exclusiveMinimum 0");
    expect(help({ type: "integer", description: "Any" })).toBeUndefined();
  });

  it("knows when there is nothing to fill in", () => {
    expect(hasInput({})).toBe(false);
    expect(hasInput({ type: "object", properties: {} })).toBe(false);
    expect(hasInput({ properties: { a: {} } })).toBe(true);
  });
});

describe("the catalogue", () => {
  const action = (name: string, more: Partial<ActionBody>): ActionBody => ({
    id: name,
    serviceId: "svc_1",
    name,
    label: name,
    description: null,
    dangerLevel: "LOW",
    requiresConfirmation: false,
    inputSchema: {},
    timeoutSeconds: null,
    enabled: true,
    retrySafe: false,
    createdAt: "",
    updatedAt: "",
    ...more,
  });

  it("groups by category in the known order and sorts inside it", () => {
    const groups = byCategory([
      action("zeta", {}),
      action("probe", { category: "diagnostics" }),
      action("second", { category: "account" }),
      action("first", { category: "account", order: 1 }),
      action("own", { category: "my-things" }),
      action("hidden", { category: "row-action" }),
      action("off", { enabled: false }),
    ]);
    expect(groups.map(({ category, actions }) => [category, ...actions.map(({ name }) => name)])).toEqual([
      ["account", "first", "second"],
      ["diagnostics", "probe"],
      ["other", "zeta"],
      ["my-things", "own"],
    ]);
  });
});

describe("what may be kept of a form", () => {
  const fields = {
    url: { type: "string" },
    depth: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    tags: { type: "array", items: { type: "string" } },
    newPassword: { type: "string" },
    pin: { type: "string", format: "password" },
    once: { type: "string", writeOnly: true },
    pins: { type: "array", items: { type: "string", format: "password" } },
    mode: { enum: ["fast", "full"] },
    named: { $ref: "#/$defs/name" },
    shared: { $ref: "#/$defs/pin" },
    either: { oneOf: [{ type: "string" }, { type: "string", format: "password" }] },
    nested: { type: "object", properties: { pin: { type: "string" } } },
  };
  const $defs = { name: { type: "string" }, pin: { type: "string", format: "password" } };
  const filled = Object.fromEntries([...Object.keys(fields), "unknown"].map((name) => [name, name]));

  it("is what the schema knows to be no secret", () => {
    expect(openValues(filled, { type: "object", properties: fields, $defs })).toEqual({ url: "url", depth: "depth", tags: "tags", mode: "mode", named: "named" });
  });

  it("is nothing where more is said of the fields elsewhere", () => {
    expect(openValues(filled, { properties: fields, allOf: [{ properties: { url: { format: "password" } } }] })).toEqual({});
    expect(openValues(filled, { additionalProperties: true })).toEqual({});
  });
});
