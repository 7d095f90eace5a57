import { credentialsOf, InvalidFieldsError } from './credentials.js';

const read = (fields: Record<string, unknown>) => credentialsOf(new Map(Object.entries(fields)));

function problemsOf(fields: Record<string, unknown>): unknown {
  try {
    return read(fields);
  } catch (error) {
    return error instanceof InvalidFieldsError ? error.problems : error;
  }
}

describe('credentialsOf', () => {
  it('trims the name and leaves the password as it is', () => {
    expect(read({ username: ' Ann@Example.com ', password: ' pass word ' })).toEqual({
      username: 'Ann@Example.com',
      password: ' pass word ',
    });
  });

  it('takes a number for its text', () => {
    expect(read({ username: 'ann@example.com', password: 12345678 }).password).toBe('12345678');
  });

  it.each([
    [{}, { username: ['This field is required.'], password: ['This field is required.'] }],
    [
      { username: ' ', password: '' },
      { username: ['This field may not be blank.'], password: ['This field may not be blank.'] },
    ],
    [{ username: 'ann', password: null }, { password: ['This field may not be null.'] }],
    [{ username: ['ann'], password: 'x' }, { username: ['Not a valid string.'] }],
  ])('says what is wrong with %j', (fields, problems) => {
    expect(problemsOf(fields)).toEqual(problems);
  });
});
