/** A UUID in the server's format: lower case with hyphens. `fields.ts` parses the other spellings that clients send. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
