import { Validator, type OutputUnit, type Schema } from "@cfworker/json-schema";
import {
  createErrorHandler,
  getDefaultFormState,
  toErrorSchema,
  unwrapErrorHandler,
  validationDataMerge,
  type CustomValidator,
  type ErrorTransformer,
  type RJSFSchema,
  type RJSFValidationError,
  type UiSchema,
  type ValidationData,
  type ValidatorType,
} from "@rjsf/utils";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import en from "../../i18n/en";
import { isRecord } from "../json";

type Payload = Record<string, unknown>;
type Keyword = keyof typeof en.validation;

/** Keywords that only say that something inside does not fit; what does not fit is reported itself. */
const CONTAINERS = new Set(["properties", "items", "prefixItems", "additionalProperties", "allOf", "$ref", "then", "else", "if"]);

/**
 * Checks payloads by walking the schema. The usual validator compiles schemas into functions, which
 * the Content-Security-Policy forbids.
 */
export class SchemaValidator implements ValidatorType<Payload> {
  constructor(private readonly t: TFunction) {}

  validateFormData(
    formData: Payload | undefined,
    schema: RJSFSchema,
    customValidate?: CustomValidator<Payload>,
    transformErrors?: ErrorTransformer<Payload>,
    uiSchema?: UiSchema<Payload>,
  ): ValidationData<Payload> {
    const found = this.#errors(schema, formData);
    const errors = transformErrors === undefined ? found : transformErrors(found, uiSchema);
    const data: ValidationData<Payload> = { errors, errorSchema: toErrorSchema<Payload>(errors) };
    if (customValidate === undefined) return data;
    const filled = getDefaultFormState(this, schema, formData, schema, true) as Payload;
    const handler = customValidate(filled, createErrorHandler<Payload>(filled), uiSchema);
    return validationDataMerge<Payload>(data, unwrapErrorHandler<Payload>(handler));
  }

  isValid(schema: RJSFSchema, formData: Payload | undefined, rootSchema: RJSFSchema): boolean {
    const { $defs, definitions } = rootSchema;
    return check({ ...schema, $defs, definitions }, formData).length === 0;
  }

  rawValidation<Result>(schema: RJSFSchema, formData?: Payload): { errors?: Result[] } {
    return { errors: check(schema, formData) as Result[] };
  }

  #errors(schema: RJSFSchema, formData: Payload | undefined): RJSFValidationError[] {
    return check(schema, formData)
      .filter(({ keyword }) => !CONTAINERS.has(keyword))
      .map((unit) => this.#describe(schema, unit));
  }

  #describe(schema: RJSFSchema, unit: OutputUnit): RJSFValidationError {
    const limit = unit.keyword === "required" ? "" : String(lookUp(schema, unit.keywordLocation) ?? "");
    const keyword = textFor(unit.keyword, limit);
    const message = this.t(`validation.${keyword}`, { limit });
    return { name: unit.keyword, message, property: propertyOf(unit), schemaPath: unit.keywordLocation, stack: message };
  }
}

function textFor(keyword: string, limit: string): Keyword {
  if (keyword === "type" && (limit === "integer" || limit === "number")) return limit;
  return Object.hasOwn(en.validation, keyword) ? (keyword as Keyword) : "other";
}

export function useValidator(): SchemaValidator {
  const { t } = useTranslation();
  return useMemo(() => new SchemaValidator(t), [t]);
}

function check(schema: RJSFSchema, formData: Payload | undefined): OutputUnit[] {
  // A value that is not there yet is what JSON would carry: nothing.
  const plain: unknown = JSON.parse(JSON.stringify(formData ?? {}));
  try {
    return new Validator(schema as Schema, "2020-12", false).validate(plain).errors;
  } catch {
    // A schema that cannot be read must not stop anybody: the handler validates again.
    return [];
  }
}

/** `.a.b` for `#/a/b`; a missing property is reported where it should be. */
function propertyOf({ instanceLocation, keyword, error }: OutputUnit): string {
  const steps = pointer(instanceLocation);
  const missing = keyword === "required" ? /property "(.*)"/.exec(error)?.[1] : undefined;
  return [...steps, ...(missing === undefined ? [] : [missing])].map((step) => `.${step}`).join("");
}

function lookUp(schema: unknown, location: string): unknown {
  return pointer(location).reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[Number(step)] as unknown;
    return isRecord(inner) ? inner[step] : undefined;
  }, schema);
}

function pointer(location: string): string[] {
  const steps = location.replace(/^#/, "").split("/").slice(1);
  return steps.map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}
