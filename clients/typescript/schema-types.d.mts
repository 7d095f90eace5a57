/**
 * @param openApi what /openapi.json holds
 * @param asyncApi what /asyncapi.json holds
 * @returns the text of src/types.ts
 */
export function typesOf(openApi: object, asyncApi: object): string;
