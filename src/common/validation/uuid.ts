/** An id as this server writes it: lower case, with hyphens. What clients send in other spellings is read by `fields.ts`. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
