// In the place of the MCP SDK's validator of answers to an elicitation (bundleOptions.mjs).
export class AjvJsonSchemaValidator {
  getValidator() {
    throw new Error('This MCP server asks its client for nothing.');
  }
}
