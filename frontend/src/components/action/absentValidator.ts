/**
 * Stands in for `@rjsf/validator-ajv8`, which the form library names in a test helper and which
 * compiles schemas with `new Function`. `validator.ts` is what checks payloads.
 */
export default null;
