declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  /** Renders the OpenAPI document at `url` into the element `dom_id`. */
  export default function SwaggerUI(options: Readonly<Record<string, string | boolean | null>>): void;
}
